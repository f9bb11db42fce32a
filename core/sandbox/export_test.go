package sandbox

// TargetOf tells tests what compiled code is bound to.
func TargetOf(b *Box) string { return b.target.program }

// HelperName tells tests what a helper's compiled code is kept under.
func HelperName(b *Box, kind string) string { return b.helperName(kind) }
