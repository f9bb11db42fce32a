package sandbox

// TargetOf tells tests what compiled code is bound to.
func TargetOf(b *Box) string { return b.target }
