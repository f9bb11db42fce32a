// Package packaging_test holds what a release is made of against what it
// promises: the same bytes wherever it is made, packages that Debian reads, and
// units that systemd understands.
package packaging_test

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRelease makes a release twice, in two folders.
func TestRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds for two architectures, twice")
	}
	first := release(t, filepath.Join(t.TempDir(), "here"))
	second := release(t, filepath.Join(t.TempDir(), "a", "much longer path", "elsewhere"))
	sums := read(t, filepath.Join(first, "SHA256SUMS"))
	if again := read(t, filepath.Join(second, "SHA256SUMS")); !bytes.Equal(sums, again) {
		t.Errorf("made twice, not the same:\n%s%s", sums, again)
	}
	if n := bytes.Count(sums, []byte("\n")); n != 4 {
		t.Errorf("%d files are summed up, want 4", n)
	}
	t.Logf("twice:\n%s", sums)
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		t.Run(arch, func(t *testing.T) {
			folder := filepath.Join(first, "linux-"+arch)
			program, worker := read(t, filepath.Join(folder, "domicile")), read(t, filepath.Join(folder, "domicile-worker"))
			for name, text := range map[string][]byte{"domicile": program, "domicile-worker": worker} {
				if f, err := elf.NewFile(bytes.NewReader(text)); err != nil || f.Machine != machine {
					t.Errorf("%s is not for %s: %v", name, arch, err)
				} else if libs, err := f.ImportedLibraries(); err != nil || len(libs) > 0 {
					t.Errorf("%s needs %q, %v", name, libs, err)
				}
			}
			if !bytes.Contains(program, worker) {
				t.Error("the worker of this architecture is not inside")
			}
			if bytes.Contains(program, []byte(filepath.Dir(first))) {
				t.Error("the folder it was made in is inside")
			}
			checkPackage(t, first, arch, program)
		})
	}
}

// release copies the sources to dir, makes a release there and returns its folder.
func release(t *testing.T, dir string) string {
	t.Helper()
	left := []string{".git", "bin", "dist", "cmd/domicile/built/connectors", "cmd/domicile/built/apps", "cmd/domicile/built/domicile-worker"}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, "../../")
		to := filepath.Join(dir, name)
		switch {
		case slices.Contains(left, name):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	make := exec.CommandContext(t.Context(), "make", "release")
	make.Dir = dir
	make.Env = append(os.Environ(), "CGO_ENABLED=0", "SOURCE_DATE_EPOCH=1767225600", "VERSION=9.8.7")
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("make release: %v\n%s", err, out)
	}
	return filepath.Join(dir, "dist")
}

// checkPackage reads a package as dpkg does.
func checkPackage(t *testing.T, dist, arch string, program []byte) {
	t.Helper()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("dpkg-deb is not here: the packages are NOT looked into")
	}
	deb := filepath.Join(dist, "domicile_9.8.7_"+arch+".deb")
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "dpkg-deb", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("dpkg-deb %q: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	for field, want := range map[string]string{"Package": "domicile", "Version": "9.8.7", "Architecture": arch, "Depends": ""} {
		if got := run("--field", deb, field); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	if list := run("--contents", deb); strings.Count(list, " root/root ") != strings.Count(list, "\n")+1 || strings.Count(list, " 2026-01-01 ") != strings.Count(list, "\n")+1 {
		t.Errorf("not all is root's, of the day given:\n%s", list)
	}
	root := t.TempDir()
	run("--raw-extract", deb, root)
	for name, want := range map[string][]byte{
		"usr/bin/domicile": program, "usr/lib/systemd/system/domicile.service": read(t, "domicile.service"),
		"usr/lib/systemd/user/domicile.service": read(t, "domicile.user.service"), "usr/lib/sysusers.d/domicile.conf": read(t, "sysusers.conf"),
		"usr/share/doc/domicile/copyright": read(t, "../../LICENSE"), "DEBIAN/postinst": read(t, "postinst"), "DEBIAN/prerm": read(t, "prerm"), "DEBIAN/postrm": read(t, "postrm"),
	} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil || !bytes.Equal(read(t, filepath.Join(root, name)), want) {
			t.Errorf("%s: not as in the sources, %v", name, err)
			continue
		}
		if isProgram := name == "usr/bin/domicile" || strings.HasPrefix(name, "DEBIAN/"); isProgram != (info.Mode().Perm() == 0o755) {
			t.Errorf("%s: mode %v", name, info.Mode())
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestScripts: the package's scripts are read by a shell, and do nothing where
// there is no systemd.
func TestScripts(t *testing.T) {
	t.Parallel()
	for _, call := range [][]string{{"postinst", "configure", ""}, {"prerm", "upgrade", "2"}, {"postrm", "remove"}, {"postrm", "purge"}} {
		if _, err := os.Stat("/run/systemd/system"); err == nil {
			t.Skip("systemd runs here: the package's scripts are NOT run")
		}
		cmd := exec.CommandContext(t.Context(), "/bin/sh", call...)
		cmd.Env = []string{"PATH=" + t.TempDir()}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: %v\n%s", call, err, out)
		}
	}
}

// TestUnits has systemd read the units, as a stand-in for a machine with the
// program in /usr/bin.
func TestUnits(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not here: the units are NOT verified")
	}
	for file, manager := range map[string]string{"domicile.service": "--system", "domicile.user.service": "--user"} {
		dir := t.TempDir()
		text := bytes.ReplaceAll(read(t, file), []byte("/usr/bin/domicile"), []byte("/bin/true"))
		unit := filepath.Join(dir, "domicile.service")
		if err := os.WriteFile(unit, text, 0o600); err != nil {
			t.Fatal(err)
		}
		analyze := func(args ...string) {
			t.Helper()
			cmd := exec.CommandContext(t.Context(), "systemd-analyze", append(args, unit)...)
			cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir)
			if out, err := cmd.CombinedOutput(); err != nil || manager == "--system" && args[0] == "verify" && len(out) > 0 {
				t.Errorf("%s, %q: %v\n%s", file, args, err, out)
			}
		}
		analyze("verify", "--man=no", manager)
		if manager == "--system" {
			analyze("security", "--offline=true", "--no-pager", "--threshold=20") // of 100, which is no protection
		}
	}
}

// TestUnits_as_the_pages_change_them has systemd read the unit with what each
// page says to put beside it.
func TestUnits_as_the_pages_change_them(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not here: what the pages put into the unit is NOT verified")
	}
	for _, page := range []string{"raspberry-pi.md", "vps.md"} {
		_, rest, _ := strings.Cut(string(read(t, "../../docs/"+page)), "systemctl edit domicile\n```\n\n```\n")
		change, _, ok := strings.Cut(rest, "```")
		if !ok || !strings.Contains(change, "ExecStart=\nExecStart=/usr/bin/domicile serve ") {
			t.Fatalf("%s changes nothing: %q", page, change)
		}
		dir := t.TempDir()
		unit := filepath.Join(dir, "domicile.service")
		err := os.Mkdir(unit+".d", 0o700)
		for name, text := range map[string][]byte{unit: read(t, "domicile.service"), unit + ".d/override.conf": []byte(change)} {
			err = errors.Join(err, os.WriteFile(name, bytes.ReplaceAll(text, []byte("/usr/bin/domicile"), []byte("/bin/true")), 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", unit).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", page, err, out)
		}
	}
}

// TestDockerfile: no image is built here; what the file names is there.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	var instructions [][]string
	for lines := bufio.NewScanner(bytes.NewReader(read(t, "Dockerfile"))); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 0 && words[0] != "#" {
			instructions = append(instructions, words)
		}
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(instructions, func(line []string) bool { return slices.Equal(line, words) })
	}
	for _, want := range []string{"FROM scratch", "USER 65532:65532", "VOLUME /home", "ENV DOMICILE_HOME=/home", `ENTRYPOINT ["/domicile"]`, `CMD ["serve"]`,
		`HEALTHCHECK --interval=1m --timeout=5s CMD ["/domicile", "status"]`, "COPY --from=build --chown=65532:65532 /src/dist/home /home"} {
		if !has(strings.Fields(want)...) {
			t.Errorf("no %q", want)
		}
	}
	mod := string(read(t, "../../go.mod"))
	if base := instructions[0][2]; !strings.HasPrefix(base, "golang:1.26.") || !strings.Contains(mod, "\ngo 1.26") {
		t.Errorf("built with %s, not the Go of go.mod", base)
	}
	for _, arch := range []string{"amd64", "arm64"} { // the target that the image is built with
		if err := exec.CommandContext(t.Context(), "make", "-n", "-C", "../..", "dist/linux-"+arch+"/domicile").Run(); err != nil {
			t.Errorf("make dist/linux-%s/domicile: %v", arch, err)
		}
	}
	ignored := strings.Fields(string(read(t, "../../.dockerignore")))
	for _, name := range []string{"go.mod", "Makefile", "cmd", "core", "connectors", "apps", "sdk", "examples", "cmd/domicile/built/README.md"} {
		if _, err := os.Stat(filepath.Join("../..", name)); err != nil || slices.Contains(ignored, name) {
			t.Errorf("%s is not copied: %v", name, err)
		}
	}
}
