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
	folders, err := fs.ReadDir(repository, built+"/connectors")
	if err != nil {
		return nil, err
	}
	var programs []*program.Program
	for _, folder := range folders {
		files, err := fs.Sub(repository, built+"/connectors/"+folder.Name())
		if err != nil {
			return nil, err
		}
		p, err := program.Load(files)
		if err != nil {
			return nil, err
		}
		programs = append(programs, p)
	}
	return home.NewShared(home.SharedConfig{Worker: worker, Programs: programs})
}
