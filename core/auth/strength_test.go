package auth_test

import (
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
)

func TestEstimate_refuses_what_people_choose(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"", "password", "motdepasse", "motdepasse123", "Motdepasse2024!", "P@ssw0rd123", "azertyuiop", "AzertyUiop1234", "qwertyuiop12",
		"1234567890", "12345678901234567890", "aaaaaaaaaaaaaaa", "abcabcabcabc", "abcdefghijklmnop", "97531975319753", "19081978", "19/08/1978-2024",
		"marseille13", "Marseille2024", "nicolasjulie", "Nicolas.Julie.1985", "jetaimejetaimejetaime", "drowssap1234", "iloveyou2024", "soleil-soleil-soleil",
		"jeanpierre1964", "Tr0ub4dor", "4z3rty2025!", "!@#$%^&*()", "Bienvenue2025", "&é\"'(-è_çà",
	} {
		if s := auth.Estimate(core.Secret(password)); s.IsEnough() || core.CodeOf(auth.CheckPassword(core.Secret(password))) != core.Invalid {
			t.Errorf("%q passes with 10^%.1f guesses", password, s.Guesses)
		}
	}
}

func TestEstimate_takes_phrases_and_random_passwords(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"correct horse battery staple", "trombone-gravier-moufle", "le vieux facteur mange des huitres", "k7F$q2!mZpX", "xkqzvwptbdgh",
		"3vB9-xQ2m-77Lp", "Ωμέγα-ключ-鍵穴!", "il pleut des cordes sur Quimper en 2024",
	} {
		if s := auth.Estimate(core.Secret(password)); !s.IsEnough() {
			t.Errorf("%q is refused with 10^%.1f guesses", password, s.Guesses)
		}
		if err := auth.CheckPassword(core.Secret(password)); err != nil {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestEstimate_counts_what_is_known_of_the_person(t *testing.T) {
	t.Parallel()
	const password = "Quillivic-Kerguelen-56"
	if err := auth.CheckPassword(password); err != nil {
		t.Error(err)
	}
	if err := auth.CheckPassword(password, "Yann Quillivic", "rue Kerguélen"); core.CodeOf(err) != core.Invalid {
		t.Errorf("got %v", err)
	}
}

func TestEstimate_grows_with_what_is_added(t *testing.T) {
	t.Parallel()
	last := auth.Estimate("")
	for _, more := range []string{"grav", "gravier", "gravier-t", "gravier-trombone", "gravier-trombone 9", "gravier-trombone 9§kz"} {
		s := auth.Estimate(core.Secret(more))
		if s.Guesses <= last.Guesses || s.Time() < last.Time() {
			t.Errorf("%q: 10^%.1f after 10^%.1f", more, s.Guesses, last.Guesses)
		}
		last = s
	}
}

func TestCheckPassword_bounds_its_length(t *testing.T) {
	t.Parallel()
	if err := auth.CheckPassword(core.Secret(strings.Repeat("k7F$q2!mZpX ", 30))); core.CodeOf(err) != core.Invalid {
		t.Errorf("got %v", err)
	}
	if s := auth.Estimate("k7F$q2!mZ"); !s.Short || s.IsEnough() {
		t.Errorf("nine characters: %+v", s)
	}
}

func FuzzEstimate(f *testing.F) {
	for _, s := range []string{"", "aaa", "\xff\xfe", "£€!0", strings.Repeat("ab", 100), "ÿŸ𝔘"} {
		f.Add(s, "known word")
	}
	f.Fuzz(func(t *testing.T, password, known string) {
		if s := auth.Estimate(core.Secret(password), known); s.Guesses < 0 || s.Time() < 0 {
			t.Errorf("%q: %+v", password, s)
		}
	})
}

func BenchmarkEstimate(b *testing.B) {
	for b.Loop() {
		auth.Estimate("le vieux facteur mange des huitres sur le port de Quimper en 2024 avec son chien")
	}
}
