package main

import (
	"errors"
	"image"
	"slices"
	"testing"
	"time"

	"github.com/domicile-home/domicile/examples/providers"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// reading makes the person read pictures: each answer is what they type, "" for
// another picture and "right" for what it shows. Prompts are those they saw.
func (w *world) reading(answers ...string) (prompts *[]string) {
	prompts = new([]string)
	w.home.See = func(q protocol.AskRequest, picture image.Image) (string, error) {
		if q.Kind != protocol.AskImage || !q.Again || picture.Bounds().Dx() < 100 {
			w.t.Errorf("asked %+v with %v", q, picture.Bounds())
		}
		*prompts = append(*prompts, q.Prompt)
		answer := answers[min(len(*prompts), len(answers))-1]
		if answer == "right" {
			return " " + w.telco.Letters(), nil
		}
		return answer, nil
	}
	return prompts
}

func TestLetters_are_read_by_the_person(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{Months: 2, Letters: true})
	prompts := w.reading("", "WRONG", "right")
	if result := w.run(); result.Err != nil {
		t.Fatal(result.Err)
	}
	w.complete()
	if want := []string{"ask.letters", "ask.letters", "ask.letters_again"}; !slices.Equal(*prompts, want) {
		t.Errorf("asked %v, want %v", *prompts, want)
	}
	if result := w.run(); result.Err != nil || len(*prompts) != 3 {
		t.Errorf("with the session open: %v after %d questions", result.Err, len(*prompts))
	}
	if s := w.telco.Stats(); s.Pictures != 3 || s.Misread != 1 || s.Logins != 1 {
		t.Errorf("the operator counted %+v", s)
	}
}

func TestLetters_misread_too_often(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{Months: 2, Letters: true})
	prompts := w.reading("WRONG")
	if result := w.run(); result.Code() != protocol.OTPWrong || len(*prompts) != maxForms {
		t.Errorf("got %q after %d questions", result.Code(), len(*prompts))
	}
}

func TestLetters_and_a_wrong_password(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{Months: 2, Letters: true})
	w.reading("right")
	w.home.Secrets["password"] = "wrong"
	if result := w.run(); result.Code() != protocol.AuthFailed {
		t.Errorf("got %q", result.Code())
	}
}

func TestLetters_answered_when_the_form_is_over(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{Months: 2, Letters: true})
	w.reading("right")
	see := w.home.See
	late := true
	w.home.See = func(q protocol.AskRequest, picture image.Image) (string, error) {
		if late {
			w.now, late = w.now.Add(time.Hour), false
		}
		return see(q, picture)
	}
	if result := w.run(); result.Err != nil {
		t.Fatal(result.Err)
	}
	w.complete()
}

func TestLetters_that_nobody_reads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, providers.TelcoConfig{Months: 2, Letters: true})
	w.home.See = func(protocol.AskRequest, image.Image) (string, error) { return "", errors.New("nobody is there") }
	for _, mode := range []protocol.Mode{protocol.ModePull, protocol.ModeCheck} {
		w.home.Mode = mode
		if result := w.run(); result.Code() != protocol.ActionNeeded {
			t.Errorf("%s: got %q", mode, result.Code())
		}
	}
}
