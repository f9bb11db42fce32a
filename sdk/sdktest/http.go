package sdktest

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/domicile-home/domicile/sdk/protocol"
)

// http makes one request for the program, secrets filled in.
func (h *Host) http(in protocol.HTTPRequest, body []byte) (any, []byte, error) {
	req, err := h.request(in, body)
	if err != nil {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: err.Error()}
	}
	client := *h.Client
	if in.Follow != nil && !*in.Follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, nil, &protocol.Error{Code: protocol.Unavailable, Message: err.Error()}
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, protocol.MaxFile))
	if err != nil {
		return nil, nil, &protocol.Error{Code: protocol.Unavailable, Message: err.Error()}
	}
	res.Header.Del("Set-Cookie")
	out := protocol.HTTPReply{Status: res.StatusCode, URL: res.Request.URL.String(), Headers: res.Header}
	data = []byte(h.scrub(string(data)))
	if in.Sink == protocol.SinkFile {
		out.File = h.AddFile(fileName(res), mediaType(res), data)
		return out, nil, nil
	}
	if len(data) > protocol.MaxPayload {
		return nil, nil, &protocol.Error{Code: protocol.Limit, Message: "reply too large"}
	}
	return out, data, nil
}

func (h *Host) request(in protocol.HTTPRequest, body []byte) (*http.Request, error) {
	method := in.Method
	if method == "" {
		method = http.MethodGet
	}
	header := http.Header{}
	for name, value := range in.Headers {
		header.Set(name, h.fill(value))
	}
	if form, err := url.ParseQuery(string(body)); err == nil && strings.HasPrefix(header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		for name := range form {
			form.Set(name, h.fill(form.Get(name)))
		}
		body = []byte(form.Encode())
	} else {
		body = []byte(h.fill(string(body)))
	}
	req, err := http.NewRequest(method, in.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = header
	return req, nil
}

// fill replaces placeholders by their secrets.
func (h *Host) fill(text string) string {
	for name, value := range h.Secrets {
		text = strings.ReplaceAll(text, protocol.Placeholder(name), value)
	}
	return text
}

func fileName(res *http.Response) string {
	if _, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return path.Base(params["filename"])
	}
	return path.Base(res.Request.URL.Path)
}

func mediaType(res *http.Response) string {
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		return "application/octet-stream"
	}
	return kind
}
