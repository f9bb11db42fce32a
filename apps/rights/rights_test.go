package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestAddMonths counts months as Regulation (EEC, Euratom) 1182/71 does.
func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		from day
		n    int
		want day
	}{
		{"2026-10-10", 1, "2026-11-10"}, {"2026-01-31", 1, "2026-02-28"}, {"2028-01-31", 1, "2028-02-29"}, {"2026-11-30", 3, "2027-02-28"},
		{"2026-12-15", 1, "2027-01-15"}, {"", 1, ""}, {"2026-02-30", 1, ""},
	} {
		if got := tc.from.addMonths(tc.n); got != tc.want {
			t.Errorf("%s and %d months: got %s, want %s", tc.from, tc.n, got, tc.want)
		}
	}
}

func TestRequest_is_late_after_its_last_day_only(t *testing.T) {
	t.Parallel()
	r := request{Sent: "2026-10-10", Status: waiting}
	for now, want := range map[day]bool{"2026-11-10": false, "2026-11-11": true} {
		if got := r.late(now); got != want {
			t.Errorf("on %s: got %v", now, got)
		}
	}
	r.Status = extended
	if r.late("2027-01-10") || !r.late("2027-01-11") {
		t.Error("extended: not two months more")
	}
	r.Status = answered
	if r.late("2030-01-01") {
		t.Error("answered, and late")
	}
}

func TestKept_stays_small(t *testing.T) {
	t.Parallel()
	var k kept
	for range maxRequests {
		k.add(request{Status: waiting, Note: strings.Repeat("x", maxNote)})
	}
	k.Requests[5].Status = answered
	k.add(request{Status: waiting})
	if _, there := k.find("6"); len(k.Requests) != maxRequests || there {
		t.Errorf("%d requests; the one that is over is there: %v", len(k.Requests), there)
	}
	if _, there := k.find("301"); !there {
		t.Error("the new one is not there")
	}
	text, err := json.Marshal(k)
	if err != nil || len(text) > 200<<10 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

// TestStrings_are_there holds every key that the code names, and every right's
// own, against both languages.
func TestStrings_are_there(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`(?:\.T|\.Text|para)\("([a-z.-]+[a-z])"[,)]`)
	for _, language := range []string{"en", "fr"} {
		text, err := os.ReadFile("strings/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]string
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"pages.go", "letter.go"} {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range named.FindAllStringSubmatch(string(code), -1) {
				if all[m[1]] == "" {
					t.Errorf("%s: %s names %q", language, file, m[1])
				}
			}
		}
		for _, r := range rights() {
			for _, key := range []string{"right." + string(r), "subject." + string(r), "letter." + string(r) + ".1"} {
				if all[key] == "" {
					t.Errorf("%s: no %q", language, key)
				}
			}
		}
	}
}
