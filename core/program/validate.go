package program

import (
	"errors"
	"fmt"
	"mime"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

const (
	maxList  = 64   // elements of any list of a manifest
	maxValue = 1000 // bytes of any text of a manifest

	minEvery = 15 * time.Minute // as core/schedule has them
	maxEvery = 366 * 24 * time.Hour
)

// The shapes of texts in a manifest.
const (
	shapeID        = `[a-z][a-z0-9]*(-[a-z0-9]+)*`
	shapeVersion   = `(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}(-[0-9A-Za-z.-]{1,64})?(\+[0-9A-Za-z.-]{1,64})?`
	shapeLicence   = `[A-Za-z0-9][A-Za-z0-9.+() :-]{0,99}`
	shapeModule    = `[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.wasm`
	shapeSHA256    = `[0-9a-f]{64}`
	shapeKey       = `[a-z][a-z0-9_.-]{0,63}` // of a string
	shapeField     = `[a-z][a-z0-9_-]{0,63}`
	shapeExtension = `\.[a-z0-9]{1,16}`
	shapeLanguage  = `[a-z]{2,3}(-[A-Za-z0-9]{2,8})?`
	shapeTime      = `([01]\d|2[0-3]):[0-5]\d`
)

// is reports whether the whole of text has shape and is not over maxValue.
func is(shape, text string) bool {
	return len(text) <= maxValue && regexp.MustCompile(`\A(?:`+shape+`)\z`).MatchString(text)
}

// Validate checks a manifest by itself, without its package. The error names
// the member: "fields[1].use: …". It carries no code.
func Validate(m protocol.Manifest) error {
	for _, check := range []func(protocol.Manifest) error{
		checkIdentity, checkLists, checkKind, checkReads, checkActs, checkFields, checkOAuth, checkAccepts, checkSchedule, checkLimits,
	} {
		if err := check(m); err != nil {
			return err
		}
	}
	return nil
}

func checkIdentity(m protocol.Manifest) error {
	switch {
	case m.Protocol != protocol.Version:
		return fmt.Errorf("protocol: this home speaks %d", protocol.Version)
	case !is(shapeID, m.ID) || len(m.ID) > 64:
		return errors.New("id: want lower-case words joined by hyphens")
	case !is(shapeVersion, m.Version):
		return errors.New("version: want a semantic version such as 1.0.0")
	case !is(shapeKey, m.Name):
		return errors.New("name: want the key of a string")
	case !is(shapeKey, m.Description):
		return errors.New("description: want the key of a string")
	case !is(shapeLicence, m.Licence):
		return errors.New("licence: want an SPDX expression")
	case m.Runtime != "wasm":
		return errors.New("runtime: want wasm")
	case !is(shapeModule, m.Module):
		return errors.New("module: want a plain file name that ends in .wasm")
	case m.SHA256 != "" && !is(shapeSHA256, m.SHA256):
		return errors.New("sha256: want 64 lower-case hexadecimal digits")
	}
	return nil
}

func checkLists(m protocol.Manifest) error {
	kinds := []protocol.AskKind{protocol.AskOTP, protocol.AskText, protocol.AskChoice, protocol.AskConfirm, protocol.AskImage, protocol.AskColumns}
	for _, err := range []error{
		checkList("authors", m.Authors, func(s string) bool { return isText(s, 200) }),
		checkList("hosts", m.Hosts, func(s string) bool { return isText(s, 300) }),
		checkList("produces", m.Produces, func(s string) bool { return slices.Contains(record.Types(), record.Type(s)) }),
		checkList("interactive", m.Interactive, func(k protocol.AskKind) bool { return slices.Contains(kinds, k) }),
		checkList("languages", m.Languages, func(s string) bool { return is(shapeLanguage, s) }),
	} {
		if err != nil {
			return err
		}
	}
	for _, language := range []string{"en", "fr"} {
		if !slices.Contains(m.Languages, language) {
			return fmt.Errorf("languages: want at least en and fr")
		}
	}
	return nil
}

// checkList checks the length of a list and each of its elements, which differ.
func checkList[T comparable](member string, list []T, isValid func(T) bool) error {
	if len(list) > maxList {
		return fmt.Errorf("%s: over %d", member, maxList)
	}
	for i, v := range list {
		if !isValid(v) {
			return fmt.Errorf("%s[%d]: not valid", member, i)
		}
		if slices.Contains(list[:i], v) {
			return fmt.Errorf("%s[%d]: given twice", member, i)
		}
	}
	return nil
}

// checkKind holds a connector to having something to read, and an app to
// having no way out.
func checkKind(m protocol.Manifest) error {
	switch m.Kind {
	case protocol.KindConnector:
		if len(m.Produces) == 0 {
			return errors.New("produces: a connector produces records")
		}
		if len(m.Hosts) == 0 && !m.LAN && len(m.Accepts) == 0 {
			return errors.New("hosts: a connector has hosts, lan or accepts")
		}
	case protocol.KindApp:
		if len(m.Hosts) > 0 || m.LAN {
			return errors.New("hosts: an app has no network")
		}
		if len(m.Produces) > 0 || len(m.Accepts) > 0 {
			return errors.New("produces: an app brings nothing in")
		}
		if slices.ContainsFunc(m.Fields, func(f protocol.Field) bool { return isSecret(f) || f.Kind == fieldAddress }) {
			return errors.New("fields: an app has neither secrets nor addresses")
		}
	default:
		return errors.New("kind: want connector or app")
	}
	return nil
}

// The kinds of a field.
const (
	fieldText    = "text"
	fieldSecret  = "secret"
	fieldTOTP    = "totp"
	fieldChoice  = "choice"
	fieldAddress = "address"
)

func isSecret(f protocol.Field) bool { return f.Kind == fieldSecret || f.Kind == fieldTOTP }

func checkFields(m protocol.Manifest) error {
	if len(m.Fields) > maxList {
		return fmt.Errorf("fields: over %d", maxList)
	}
	isAddress := func(f protocol.Field) bool { return f.Kind == fieldAddress }
	if m.LAN != slices.ContainsFunc(m.Fields, isAddress) {
		return errors.New("lan: goes with a field of kind address")
	}
	for i, f := range m.Fields {
		if err := checkField(f); err != nil {
			return fmt.Errorf("fields[%d].%w", i, err)
		}
		if slices.ContainsFunc(m.Fields[:i], func(o protocol.Field) bool { return o.Name == f.Name }) {
			return fmt.Errorf("fields[%d].name: given twice", i)
		}
	}
	return nil
}

func checkField(f protocol.Field) error {
	switch {
	case !is(shapeField, f.Name), f.Name == protocol.OAuthToken:
		return errors.New("name: want lower-case letters, digits, - and _")
	case !slices.Contains([]string{fieldText, fieldSecret, fieldTOTP, fieldChoice, fieldAddress}, f.Kind):
		return errors.New("kind: want text, secret, totp, choice or address")
	case !is(shapeKey, f.Label):
		return errors.New("label: want the key of a string")
	case (f.Kind == fieldChoice) != (len(f.Options) > 0):
		return errors.New("options: go with kind choice")
	case isSecret(f) && len(f.Use) == 0 && !f.Reveal:
		return errors.New("use: a secret needs a place to be filled in")
	case !isSecret(f) && (len(f.Use) > 0 || f.Reveal):
		return errors.New("use: goes with kind secret or totp")
	case isSecret(f) && f.Account:
		return errors.New("account: a secret does not tell accounts apart")
	}
	if err := checkList("options", f.Options, func(s string) bool { return isText(s, 200) }); err != nil {
		return err
	}
	return checkList("use", f.Use, isUse)
}

// isUse checks the shape of a use.
func isUse(u protocol.Use) bool {
	return len(u.Host) <= 300 && isText(u.Method, 20) && strings.HasPrefix(u.Path, "/") && isText(u.Path, maxValue) &&
		slices.Contains([]string{"form", "json", "header", "basic"}, u.Place) && len(u.Name) <= 200
}

func checkAccepts(m protocol.Manifest) error {
	if len(m.Accepts) > maxList {
		return fmt.Errorf("accepts: over %d", maxList)
	}
	for i, a := range m.Accepts {
		media, params, err := mime.ParseMediaType(a.MediaType)
		if err != nil || media != a.MediaType || len(params) > 0 || !strings.Contains(media, "/") {
			return fmt.Errorf("accepts[%d].media_type: want type/subtype in lower case", i)
		}
		if len(a.Extensions) == 0 || len(a.Detect) == 0 || len(a.Detect) > maxList {
			return fmt.Errorf("accepts[%d]: want extensions and at most %d ways to detect", i, maxList)
		}
		if err := checkList("extensions", a.Extensions, func(s string) bool { return is(shapeExtension, s) }); err != nil {
			return fmt.Errorf("accepts[%d].%w", i, err)
		}
	}
	_, err := newKinds(m.Accepts)
	return err
}

func checkSchedule(m protocol.Manifest) error {
	s := m.Schedule
	if every := time.Duration(s.Every); every < 0 || every > 0 && every < minEvery || every > maxEvery {
		return fmt.Errorf("schedule.every: want %v to %v", minEvery, maxEvery)
	}
	for member, at := range map[string]string{"not_before": s.NotBefore, "not_after": s.NotAfter} {
		if at != "" && !is(shapeTime, at) {
			return fmt.Errorf("schedule.%s: want a time such as 06:00", member)
		}
	}
	if s.Every == 0 && (s.NotBefore != "" || s.NotAfter != "") {
		return errors.New("schedule.every: goes with not_before and not_after")
	}
	return nil
}

func checkLimits(m protocol.Manifest) error {
	l, most := m.Limits, protocol.MaxLimits()
	for _, limit := range []struct {
		member      string
		given, most int64
	}{
		{"memory", l.Memory, most.Memory},
		{"cpu", int64(l.CPU), int64(most.CPU)},
		{"wall", int64(l.Wall), int64(most.Wall)},
		{"records", int64(l.Records), int64(most.Records)},
		{"requests", int64(l.Requests), int64(most.Requests)},
	} {
		if limit.given < 0 || limit.given > limit.most {
			return fmt.Errorf("limits.%s: want at most %d", limit.member, limit.most)
		}
	}
	return nil
}
