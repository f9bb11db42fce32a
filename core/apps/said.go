package apps

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/view"
)

// Said is what an app had to say when nobody looked.
type Said struct {
	App     string       `json:"app"`
	At      time.Time    `json:"at"`
	Problem core.Code    `json:"problem,omitempty"` // why it said nothing
	Summary view.Text    `json:"-"`                 // in the language asked for
	Alerts  []view.Alert `json:"-"`                 // those that the person did not put away

	Day    string           `json:"day"`    // on which it ran: "2026-03-15"
	Change core.Change      `json:"change"` // up to which it had read
	Words  map[string]words `json:"words"`  // by language
	Away   []string         `json:"away,omitempty"`
}

// words are what an app said in one language.
type words struct {
	Summary view.Text    `json:"summary,omitempty"`
	Alerts  []view.Alert `json:"alerts,omitempty"`
}

const (
	// restAfter is how long an app rests between two runs of one day: what comes
	// in piece by piece is read together.
	restAfter = 15 * time.Minute
	// maxAway is how many alerts that were put away are remembered, of each app.
	maxAway = 200
)

// Background runs every app that is due: on a new day, and some time after
// records have changed. It goes on with the next app when one fails, which is
// kept as what that one said. It returns locked, damaged and ctx's error.
func (a *Apps) Background(ctx context.Context) error {
	for _, p := range a.All() {
		id := p.Manifest.ID
		due, err := a.due(ctx, id)
		if err != nil {
			return err
		}
		if !due {
			continue
		}
		if err := a.listen(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// due reports whether an app has something new to look at.
func (a *Apps) due(ctx context.Context, id string) (due bool, err error) {
	now := a.Clock().In(a.Zone)
	err = a.Vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		g, err := readGrant(own, id)
		if err != nil || g.Standing(now) != Active {
			return err
		}
		said, err := readSaid(own, id)
		if err != nil {
			return err
		}
		changed := said.Change != tx.LastChange() && (said.At.IsZero() || now.Sub(said.At) >= restAfter)
		due = changed || said.Day != now.Format(time.DateOnly)
		return nil
	})
	return due, err
}

// listen runs an app in both languages and keeps what it says.
func (a *Apps) listen(ctx context.Context, id string) error {
	said := Said{App: id, At: a.Clock().UTC(), Day: a.Clock().In(a.Zone).Format(time.DateOnly), Words: map[string]words{}}
	err := a.Vault.View(ctx, func(tx *vault.Tx) error {
		said.Change = tx.LastChange()
		return nil
	})
	if err != nil {
		return err
	}
	for _, lang := range locale.Langs() {
		shown, err := a.Show(ctx, Request{App: id, Mode: protocol.ModeBackground, Locale: string(lang)})
		switch code := core.CodeOf(err); {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case code == core.Locked, code == core.Damaged:
			return err
		case err != nil:
			a.Logger.Warn("run app in the background", "app", id, "error", err)
			said.Problem = code
			continue
		}
		said.Words[string(lang)] = words{bare(shown.View.Summary), alerts(shown.View.Alerts)}
	}
	return a.Vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		g, err := readGrant(own, id)
		if err != nil || g.App == "" { // taken back meanwhile
			return err
		}
		old, err := readSaid(own, id)
		if err != nil {
			return err
		}
		said.Away = old.Away
		return writeSaid(own, said)
	})
}

// bare leaves out what leads to records: their names are good for one run.
func bare(t view.Text) view.Text {
	t = slices.Clone(t)
	for i := range t {
		t[i].Record, t[i].Why = "", nil
	}
	return t
}

func alerts(all []view.Alert) []view.Alert {
	all = slices.Clone(all)
	for i := range all {
		all[i].Text = bare(all[i].Text)
	}
	return all
}

// Said returns what the apps that may read now last said, in a language, without
// the alerts that were put away or are over.
func (a *Apps) Said(ctx context.Context, language string) (all []Said, err error) {
	now := a.Clock().In(a.Zone)
	err = a.Vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		for _, p := range a.All() {
			g, err := readGrant(own, p.Manifest.ID)
			if err != nil {
				return err
			}
			said, err := readSaid(own, p.Manifest.ID)
			if err != nil {
				return err
			}
			if g.Standing(now) != Active || said.App == "" {
				continue
			}
			said.choose(language, now.Format(time.DateOnly))
			all = append(all, said)
		}
		return nil
	})
	return all, err
}

// choose fills in what is said in a language on a day.
func (s *Said) choose(language, day string) {
	s.Summary = s.Words[language].Summary
	for _, alert := range s.Words[language].Alerts {
		if !slices.Contains(s.Away, keyOf(alert)) && (alert.Until == "" || alert.Until >= day) {
			s.Alerts = append(s.Alerts, alert)
		}
	}
}

// keyOf tells an alert from the app's others: by its key, or by its words.
func keyOf(alert view.Alert) string {
	if alert.Key != "" {
		return "k" + alert.Key
	}
	text, err := json.Marshal(alert.Text)
	if err != nil {
		return ""
	}
	return "t" + string(text)
}

// PutAway puts the n-th of an app's alerts away, as Said lists them: it comes
// back no more. It returns not_found.
func (a *Apps) PutAway(ctx context.Context, id, language string, n int) error {
	return a.Vault.Update(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		said, err := readSaid(own, id)
		if err != nil {
			return err
		}
		said.choose(language, a.Clock().In(a.Zone).Format(time.DateOnly))
		if n < 0 || n >= len(said.Alerts) {
			return core.E(core.NotFound, "put alert away", nil)
		}
		said.Away = append(said.Away, keyOf(said.Alerts[n]))
		said.Away = said.Away[max(0, len(said.Away)-maxAway):]
		return writeSaid(own, said)
	})
}

func readSaid(own *vault.Space, id string) (said Said, err error) {
	text, err := optional(own, key(rowSaid, id))
	if err != nil || text == nil {
		return Said{}, err
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return Said{}, core.E(core.Damaged, "read what an app said", err)
	}
	return said, nil
}

func writeSaid(own *vault.Space, said Said) error {
	text, err := json.Marshal(said)
	if err != nil {
		return core.E(protocol.Internal, "write what an app said", err)
	}
	return own.Put(rows, key(rowSaid, said.App), text)
}
