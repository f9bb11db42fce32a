package main

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestDocs_commands_run runs the stories of testdata/docs, one a page, and holds
// each command that the page names against its story: a command that the page
// says, the story runs.
func TestDocs_commands_run(t *testing.T) {
	t.Parallel()
	atLeast := map[string]int{"README.md": 8, "docs/hosting.md": 8, "docs/raspberry-pi.md": 5, "docs/vps.md": 4, "docs/proxy.md": 2, "docs/records.md": 3, "docs/apps/evening.md": 6}
	for page, least := range atLeast {
		story := "testdata/docs/" + strings.TrimSuffix(path.Base(page), ".md") + ".txtar"
		told := readLines(t, story)
		commands := commandsOf(t, "../../"+page)
		if len(commands) < least {
			t.Errorf("%s: read %q", page, commands)
		}
		for _, command := range commands {
			if !slices.ContainsFunc(told, func(line string) bool { return line == command || strings.HasPrefix(line, command+" ") }) {
				t.Errorf("%s says %q; %s does not run it", page, command, story)
			}
		}
		stories(t, testscript.Params{Files: []string{story}})
	}
}

// inStory is how a story says what a page says: where a page names an address
// or a folder of the reader's, and what must go on beside the story.
func inStory() *strings.Replacer {
	return strings.NewReplacer("bin/domicile", "domicile", "http://127.0.0.1:8081", "$TELCO", "0.0.0.0:8443", "127.0.0.1:0",
		" connectors/", " $REPOSITORY/connectors/",
		"ExecStart=/usr/bin/", "", "sudo ", "", " --home /var/lib/domicile", "", "/media/usb/domicile.key", "key", "%d/key", "key",
		"[::]:443", "127.0.0.1:0", "0.0.0.0:8420", "127.0.0.1:0")
}

// commandsOf returns the commands in a page's blocks and within its text, as a
// story says them. An ssh to another machine cannot be run here.
func commandsOf(t *testing.T, page string) []string {
	t.Helper()
	text := strings.ReplaceAll(strings.Join(readLines(t, page), "\n"), "\\\n", "")
	var all []string
	add := func(line string) {
		line, _, _ = strings.Cut(line, " #")
		line = strings.Join(strings.Fields(inStory().Replace(line)), " ")
		switch first, rest, _ := strings.Cut(line, " "); first {
		case "make":
			all = append(all, line)
		case "domicile":
			all = append(all, strings.Replace(line, "domicile serve", "serve", 1))
		case "go":
			if strings.HasPrefix(rest, "run ./examples/providers/telco ") {
				line = "telco"
			}
			all = append(all, line)
		}
	}
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			for line := range strings.Lines(part) {
				add(line)
			}
			continue
		}
		for _, span := range regexp.MustCompile("`((?:domicile|go) [^`]+)`").FindAllStringSubmatch(part, -1) {
			add(span[1])
		}
	}
	return all
}

func readLines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}
