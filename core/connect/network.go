package connect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"path"
	"strings"

	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// http sends one request of the program through fetch.
func (s *session) http(ctx context.Context, req protocol.HTTPRequest, body []byte) (any, []byte, error) {
	if s.client == nil {
		return nil, nil, &protocol.Error{Code: protocol.Blocked, Message: "this run has no network"}
	}
	resume := sandbox.Idle(ctx)
	defer resume()
	res, err := s.send(ctx, req, body)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	reply := protocol.HTTPReply{Status: res.Status, URL: res.URL, Headers: res.Header}
	if req.Sink == protocol.SinkFile {
		f, err := s.add(ctx, downloadName(res.URL), res.Header.Get("Content-Type"), res.Body, protocol.MaxFile)
		if err != nil {
			return nil, nil, err
		}
		reply.File, s.evidence = &f.File, f.staged.SHA256()
		return reply, nil, nil
	}
	payload, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(payload)
	s.evidence = hex.EncodeToString(sum[:])
	return reply, payload, nil
}

// downloadName names a file after the last part of its address.
func downloadName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "file"
	}
	return path.Base(u.Path)
}

func (s *session) totp(_ context.Context, req protocol.TOTPRequest, _ []byte) (any, []byte, error) {
	for _, f := range s.p.Manifest.Fields {
		if f.Name == req.Secret && f.Kind == "totp" {
			s.codes++
			return protocol.TOTPReply{Placeholder: fmt.Sprintf("{{totp:%s:%d}}", f.Name, s.codes)}, nil, nil
		}
	}
	return nil, nil, &protocol.Error{Code: protocol.NotFound, Message: fmt.Sprintf("no totp field %q", req.Secret)}
}

// addressOf reads a field of kind address, "http://192.168.1.20:8080": the
// exact address and port that the person allows.
func addressOf(value string) (netip.AddrPort, error) {
	u, err := url.Parse(strings.TrimSpace(value))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return netip.AddrPort{}, errors.New("want an address such as http://192.168.1.20:8080")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	address, err := netip.ParseAddrPort(netJoin(u.Hostname(), port))
	if err != nil {
		return netip.AddrPort{}, errors.New("want the device's numeric address, such as http://192.168.1.20:8080")
	}
	return address, nil
}

func netJoin(host, port string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]:" + port
	}
	return host + ":" + port
}
