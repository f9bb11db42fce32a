package web

import (
	"html/template"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/render"
)

// A codePanel shows where the person signs in on any device, and the code to
// type there. Address and Code are the provider's.
type codePanel struct {
	Intro, Address, Code, Until string
	QR                          template.HTML // of Address
}

// signInsAt are the ways to sign in of a source that does so at its provider,
// and the code that one begun shows.
func (p *sourcePage) signInsAt(v *visit, s *site, src connect.Source, prog *program.Program) error {
	if !connect.SignsIn(prog) {
		return nil
	}
	name := text(v, prog, prog.Manifest.Name)
	d, err := v.Connect.DeviceSignIn(v.Request().Context(), src.ID)
	if err != nil {
		return err
	}
	if d != nil && d.Ended == "" {
		p.live(v.Context)
		p.Code, err = s.codePanel(v, d, name)
		return err
	}
	if d != nil && !p.asked {
		p.Problem = landingAdvice(v.l, core.E(d.Ended, "sign in", nil))
	}
	isQuiet := !p.Adding && !p.AskSecrets
	if connect.HasCodeFlow(prog) {
		p.SignIns = append(p.SignIns, signInButton{p.ID + "/sign-in", v.l.T("source.sign-in-at", "name", name), isQuiet})
	}
	if connect.HasDeviceFlow(prog) {
		p.SignIns = append(p.SignIns, signInButton{p.ID + "/code", v.l.T("source.sign-in-code"), isQuiet || len(p.SignIns) > 0})
	}
	return nil
}

func (s *site) codePanel(v *visit, d *connect.DeviceSignIn, name string) (*codePanel, error) {
	drawn, err := render.QR(d.Address, v.l.T("code.qr"))
	return &codePanel{Intro: v.l.T("code.intro", "name", name), Address: d.Address, Code: d.Code,
		Until: v.l.T("code.until", "at", v.l.Moment(d.Until, s.Zone)), QR: drawn}, err
}

// beginCode begins a sign-in by a code, which the source's page shows.
func (s *site) beginCode(v *visit) error {
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	return s.afterwards(v, v.Connect.BeginDeviceSignIn(v.Request().Context(), src.ID))
}

func (s *site) cancelCode(v *visit) error {
	src, err := sourceOf(v)
	if err != nil {
		return err
	}
	return s.afterwards(v, v.Connect.CancelDeviceSignIn(v.Request().Context(), src.ID))
}

// tellCode says that a source waits for its person to sign in with a code.
func tellCode(v *visit, page *homePage, src connect.Source) {
	if slices.Contains(v.Connect.SigningIn(), src.ID) {
		page.Needs = append(page.Needs, need{Title: src.Label, About: v.l.T("need.code"), Class: "warn",
			Href: "/sources/" + src.ID.String(), Action: v.l.T("need.look")})
	}
}
