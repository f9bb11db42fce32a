package web_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
)

// unzip returns the files of an archive by name.
func unzip(t *testing.T, text string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(text)), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(content)
	}
	return all
}

func TestDossier_holds_the_records_and_their_files(t *testing.T) {
	t.Parallel()
	s := hostile(t)
	files := unzip(t, body(t, s.get("/export?format=zip")))
	page := files["index.html"]
	if page == "" || files["records.csv"] == "" || files["records.jsonl"] == "" {
		t.Fatalf("it holds %d files", len(files))
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "onerror=") && !strings.Contains(page, "&lt;") {
		t.Error("foreign markup lives")
	}
	kept := 0
	for name, content := range files {
		if strings.HasPrefix(name, "files/") {
			kept++
			if content == "" || strings.Count(name, "/") != 1 || strings.Contains(name, "..") {
				t.Errorf("%q, %d bytes", name, len(content))
			}
		}
	}
	if want := strings.Count(page, `<a href="files/`); kept == 0 || kept != want {
		t.Errorf("%d files, %d links", kept, want)
	}
	if text := body(t, s.get("/activity?kind=export")); !strings.Contains(text, "A list of records was downloaded") {
		t.Error("the activity does not tell of it")
	}
}
