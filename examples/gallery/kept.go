package gallery

import (
	"bytes"
	"context"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// keptPath is where the answers to forms stand.
const keptPath = "/gallery/"

// An answer is what the home said to a form, kept to be shown again: asking
// twice would not show the same.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) show(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // who left does not see it
}

// send sends the form of case i and keeps the answer.
func (h *House) send(ctx context.Context, i int, c Case) error {
	body, kind, err := h.encode(c)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address+h.fill(c.Path), body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	h.dress(r)
	res, err := stay().Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	for _, name := range []string{"Set-Cookie", "Content-Length"} {
		a.header.Del(name)
	}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		return err
	}
	h.kept[keptPath+strconv.Itoa(i)] = a
	return nil
}

// stay returns a client that shows redirects instead of following them.
func stay() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (h *House) encode(c Case) (io.Reader, string, error) {
	if c.Files == nil {
		form := url.Values{}
		for name, values := range c.Form {
			for _, value := range values {
				form.Add(name, h.fill(value))
			}
		}
		return strings.NewReader(form.Encode()), "application/x-www-form-urlencoded", nil
	}
	var text bytes.Buffer
	w := multipart.NewWriter(&text)
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			return nil, "", err
		}
		content, err := h.sample(c.Files[name])
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(content); err != nil {
			return nil, "", err
		}
	}
	return &text, w.FormDataContentType(), w.Close()
}
