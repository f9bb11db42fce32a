package fetch

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// fill puts secrets in the place of their placeholders. A placeholder that
// stands where the manifest does not want it is refused, so that an author
// sees the mistake; text that only looks like one passes.
type fill struct {
	next http.RoundTripper
	keep *keep
}

// RoundTrip implements http.RoundTripper.
func (f fill) RoundTrip(req *http.Request) (*http.Response, error) {
	filled, err := f.request(req)
	if err != nil {
		return nil, core.E(protocol.Blocked, "fill secret", err)
	}
	return f.next.RoundTrip(filled)
}

func (f fill) request(req *http.Request) (*http.Request, error) {
	s, err := siteOf(req.URL)
	if err != nil {
		return nil, err
	}
	w := writer{keep: f.keep, place: place{site: s, method: req.Method, path: req.URL.EscapedPath()}}
	if w.place.path == "" {
		w.place.path = "/"
	}
	if err := w.refuse(req.URL.String()); err != nil {
		return nil, err
	}
	header, err := w.header(req.Header)
	if err != nil {
		return nil, err
	}
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	if body, err = w.body(header.Get("Content-Type"), body); err != nil {
		return nil, err
	}
	return newRequest(req.Context(), req.Method, req.URL.String(), header, body)
}

// readBody returns the whole body of a request that newRequest made.
func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	r, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// writer fills one request.
type writer struct {
	keep  *keep
	place place
}

// text fills the placeholders of text, which stands at the place of kind and name.
func (w writer) text(text, kind, name string) (string, error) {
	at := w.place
	at.kind, at.name = kind, name
	var err error
	filled := w.keep.marks.ReplaceAllStringFunc(text, func(mark string) string {
		m := w.keep.marks.FindStringSubmatch(mark)
		value, e := w.keep.value(m[1]+m[3], m[2]+m[4], at)
		err = errors.Join(err, e)
		return value
	})
	return filled, err
}

// refuse returns an error when text holds a placeholder, percent-encoded or not.
func (w writer) refuse(text string) error {
	plain, err := url.PathUnescape(text)
	if err != nil {
		plain = text
	}
	if w.keep.marks.MatchString(text) || w.keep.marks.MatchString(plain) {
		return errPlace
	}
	return nil
}

func (w writer) header(header http.Header) (http.Header, error) {
	filled := make(http.Header, len(header))
	for name, values := range header {
		for _, value := range values {
			out, err := w.headerValue(name, value)
			if err != nil {
				return nil, err
			}
			if !httpguts.ValidHeaderFieldValue(out) {
				return nil, fmt.Errorf("the secret holds what header %s cannot", name)
			}
			filled[name] = append(filled[name], out)
		}
	}
	return filled, nil
}

func (w writer) headerValue(name, value string) (string, error) {
	scheme, token, _ := strings.Cut(value, " ")
	if name == "Authorization" && strings.EqualFold(scheme, "Bearer") && w.keep.isToken(token) {
		filled, err := w.text(token, placeBearer, "")
		return scheme + " " + filled, err
	}
	if name != "Authorization" || !strings.EqualFold(scheme, "Basic") {
		return w.text(value, placeHeader, name)
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token))
	if err != nil || !w.keep.marks.Match(plain) {
		return w.text(value, placeHeader, name)
	}
	user, password := w.cutBasic(string(plain))
	if user, err = w.text(user, placeBasic, basicUser); err != nil {
		return "", err
	}
	if password, err = w.text(password, placeBasic, basicPassword); err != nil {
		return "", err
	}
	filled := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	w.keep.remember(recent{text: filled, mark: token})
	return scheme + " " + filled, nil
}

// isToken reports whether text is the placeholder of an access token.
func (k *keep) isToken(text string) bool {
	m := k.marks.FindStringSubmatch(text)
	if m == nil || m[0] != text || m[1] != kindSecret {
		return false
	}
	s, ok := k.secret(m[1], m[2])
	return ok && s.Bearer != nil
}

// cutBasic cuts "user:password" at its first colon outside a placeholder.
func (w writer) cutBasic(plain string) (user, password string) {
	marked := w.keep.marks.ReplaceAllStringFunc(plain, func(mark string) string { return strings.ReplaceAll(mark, ":", " ") })
	i := strings.IndexByte(marked, ':')
	if i < 0 {
		return plain, ""
	}
	return plain[:i], plain[i+1:]
}

// body fills a form or a JSON body. Another one may hold no placeholder.
func (w writer) body(contentType string, body []byte) ([]byte, error) {
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case len(body) == 0:
		return nil, nil
	case err == nil && media == "application/x-www-form-urlencoded":
		return w.form(body)
	case err == nil && (media == "application/json" || strings.HasSuffix(media, "+json")):
		return w.json(body)
	case w.keep.marks.Match(body):
		return nil, errPlace
	}
	return body, nil
}

// form fills an application/x-www-form-urlencoded body. Pairs without a
// placeholder keep their bytes.
func (w writer) form(body []byte) ([]byte, error) {
	pairs := strings.Split(string(body), "&")
	for i, pair := range pairs {
		rawName, rawValue, hasValue := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			name = rawName
		}
		if w.keep.marks.MatchString(name) {
			return nil, errPlace
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil || !hasValue {
			value = rawValue
		}
		if !w.keep.marks.MatchString(value) {
			continue
		}
		if value, err = w.text(value, placeForm, name); err != nil {
			return nil, err
		}
		pairs[i] = rawName + "=" + url.QueryEscape(value)
	}
	return []byte(strings.Join(pairs, "&")), nil
}
