package render_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"github.com/domicile-home/domicile/core/render"
)

func TestQR_draws_each_square_within_its_margin(t *testing.T) {
	t.Parallel()
	const text = "https://provider.example/device?from=<home>"
	drawn, err := render.QR(text, `the "address"`)
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	side := want.Bounds().Dx()
	if box := fmt.Sprintf(`viewBox="0 0 %d %d"`, side+8, side+8); !strings.Contains(string(drawn), box) || !strings.Contains(string(drawn), `aria-label="the &#34;address&#34;"`) {
		t.Errorf("got %.200s", drawn)
	}
	dark := map[string]bool{}
	for _, square := range regexp.MustCompile(`M(\d+ \d+)h1v1h-1z`).FindAllStringSubmatch(string(drawn), -1) {
		dark[square[1]] = true
	}
	for y := range side {
		for x := range side {
			shade, _, _, _ := want.At(x, y).RGBA()
			if at := fmt.Sprintf("%d %d", x+4, y+4); dark[at] != (shade == 0) {
				t.Fatalf("square %s is wrong", at)
			}
			delete(dark, fmt.Sprintf("%d %d", x+4, y+4))
		}
	}
	if len(dark) > 0 {
		t.Errorf("squares outside: %v", dark)
	}
	if _, err := render.QR(strings.Repeat("long", 1000), ""); err == nil {
		t.Error("a text that no code holds was drawn")
	}
}
