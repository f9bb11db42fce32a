package gallery

import (
	"io/fs"

	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/program"
)

// Shared makes what the homes share from what make build left in the
// repository. Close it after the galleries.
func Shared(repository fs.FS) (*home.Shared, error) {
	const built = "cmd/domicile/built"
	worker, err := fs.ReadFile(repository, built+"/domicile-worker")
	if err != nil {
		return nil, err
	}
	packages, err := fs.Sub(repository, built)
	if err != nil {
		return nil, err
	}
	programs, err := program.LoadAll(packages)
	if err != nil {
		return nil, err
	}
	return home.NewShared(home.SharedConfig{Worker: worker, Programs: programs})
}
