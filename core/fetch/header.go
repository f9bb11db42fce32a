package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	maxHeaders     = 64       // headers of a request
	maxHeaderBytes = 64 << 10 // names and values, of a request or a reply
	userAgent      = "Mozilla/5.0 (compatible; Domicile)"
)

// checkMethod returns the method to use for what the program wrote.
func checkMethod(method string, hasBody bool) (string, error) {
	switch method {
	case "":
		method = http.MethodGet
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		return "", errors.New("unknown method")
	}
	if hasBody && (method == http.MethodGet || method == http.MethodHead) {
		return "", fmt.Errorf("%s has no body", method)
	}
	return method, nil
}

// isReserved reports whether the header name, in canonical form, belongs to the
// home: it frames the message, names the host or the connection, holds cookies,
// pretends to be a proxy, or asks for an encoding that cannot be scrubbed.
func isReserved(name string) bool {
	switch name {
	case "Host", "Cookie", "Cookie2", "Set-Cookie", "Content-Length", "Content-Encoding", "Accept-Encoding",
		"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings", "Expect",
		"Via", "Forwarded", "Alt-Used", "Early-Data":
		return true
	}
	return strings.HasPrefix(name, "Proxy-") || strings.HasPrefix(name, "X-Forwarded-")
}

// checkHeaders returns the headers that a program gave, in canonical form.
func checkHeaders(given map[string]string) (http.Header, error) {
	const op = "check headers"
	header := http.Header{"User-Agent": {userAgent}}
	if len(given) > maxHeaders {
		return nil, core.E(protocol.Limit, op, fmt.Errorf("over %d headers", maxHeaders))
	}
	size, seen := 0, make(map[string]bool, len(given))
	for name, value := range given {
		if size += len(name) + len(value); size > maxHeaderBytes {
			return nil, core.E(protocol.Limit, op, fmt.Errorf("over %d bytes", maxHeaderBytes))
		}
		key := http.CanonicalHeaderKey(name)
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, core.E(core.Invalid, op, errors.New("malformed header"))
		}
		if isReserved(key) {
			return nil, core.E(protocol.Blocked, op, fmt.Errorf("header %s belongs to the home", key))
		}
		if seen[key] {
			return nil, core.E(core.Invalid, op, fmt.Errorf("header %s given twice", key))
		}
		seen[key] = true
		header[key] = []string{value}
	}
	return header, nil
}

// replyHeader returns the headers of a reply that a program may see. The
// length is left out because scrubbing may change it.
func replyHeader(h http.Header) http.Header {
	seen := make(http.Header, len(h))
	for name, values := range h {
		if name == "Set-Cookie" || name == "Set-Cookie2" || name == "Content-Length" || isConnection(name) {
			continue
		}
		seen[name] = slices.Clone(values)
	}
	return seen
}

func isConnection(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Alt-Svc":
		return true
	}
	return strings.HasPrefix(name, "Proxy-")
}
