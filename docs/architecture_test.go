package docs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/domicile-home/domicile/"

// TestArchitecture holds the import table of architecture.md against the code,
// both ways: an import that the table does not allow, and a permission or a
// room that nothing uses.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	allowed := readTable(t)
	used := map[string]map[string]bool{}
	for pkg, imports := range readImports(t) {
		room := roomOf(pkg, allowed)
		if room == "" {
			t.Errorf("%s: no room in docs/architecture.md", pkg)
			continue
		}
		if used[room] == nil {
			used[room] = map[string]bool{}
		}
		for _, imported := range imports {
			if roomOf(imported, allowed) == room {
				continue
			}
			rule := ruleFor(imported, allowed[room])
			if rule == "" {
				t.Errorf("%s imports %s: docs/architecture.md does not allow it in room %s", pkg, imported, room)
			}
			used[room][rule] = true
		}
	}
	for room, rules := range allowed {
		if used[room] == nil {
			t.Errorf("room %s of docs/architecture.md has no package", room)
		}
		for _, rule := range rules {
			if !used[room][rule] {
				t.Errorf("room %s may import %s and does not: take it out of docs/architecture.md", room, rule)
			}
		}
	}
}

// readTable returns, by room, what it may import.
func readTable(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	rooms := map[string][]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(strings.TrimSpace(cells[2]), "`") {
			continue
		}
		room := strings.Trim(strings.TrimSpace(cells[2]), "`")
		rooms[room] = []string{}
		for _, m := range quoted.FindAllStringSubmatch(cells[4], -1) {
			rooms[room] = append(rooms[room], m[1])
		}
	}
	if len(rooms) < 10 {
		t.Fatalf("read %d rooms", len(rooms))
	}
	return rooms
}

// readImports returns what each package of the module imports, the standard
// library and test files left out, by path within the module.
func readImports(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Name", "./...")
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath, Name string
			Imports          []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if isTestSupport(p.ImportPath) {
			continue
		}
		thirdParty := slices.DeleteFunc(p.Imports, func(i string) bool {
			return !strings.Contains(strings.Split(i, "/")[0], ".")
		})
		for i := range thirdParty {
			thirdParty[i] = strings.TrimPrefix(thirdParty[i], module)
		}
		packages[strings.TrimPrefix(p.ImportPath, module)] = thirdParty
	}
	return packages
}

// isTestSupport reports whether pkg holds tests or what they need, and nothing
// of the product.
func isTestSupport(pkg string) bool {
	return strings.HasSuffix(pkg, "/docs") || strings.HasPrefix(path.Base(pkg), "bench") ||
		strings.Contains(pkg, "/testdata/") || strings.HasSuffix(pkg, "/sandboxtest") || strings.HasSuffix(pkg, "/connecttest") || strings.HasSuffix(pkg, "/appstest")
}

// roomOf returns the room that pkg lives in: the longest that is it or holds it.
func roomOf(pkg string, rooms map[string][]string) string {
	for dir := pkg; dir != "."; dir = path.Dir(dir) {
		if _, ok := rooms[dir]; ok {
			return dir
		}
	}
	return ""
}

// ruleFor returns the rule that allows an import, or "".
func ruleFor(imported string, rules []string) string {
	for _, rule := range rules {
		if parent, ok := strings.CutSuffix(rule, "/*"); ok {
			if path.Dir(imported) == parent || imported == parent {
				return rule
			}
			continue
		}
		third := strings.Contains(strings.Split(rule, "/")[0], ".")
		if imported == rule || third && strings.HasPrefix(imported, rule+"/") {
			return rule
		}
	}
	return ""
}
