package vault

import "github.com/domicile-home/domicile/core"

func (s *Space) countFiles(files []core.FileRef, n int) error { return nil }
