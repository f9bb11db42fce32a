package home

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/web"
)

// maxSocket is how many bytes the path of a socket may have (unix(7)).
const maxSocket = 107

// How long a client may take, and how long Serve waits for answers under way.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	goodbye    = 5 * time.Second
)

// Serve serves the pages and the socket until ctx is done; ready is told the
// address of the pages once they answer. Codes: invalid for a listener that is
// not safe, conflict when the address is taken.
func (h *Home) Serve(ctx context.Context, l Listen, ready func(url string)) error {
	pages, keeper, err := h.listen(l)
	if err != nil {
		return err
	}
	socket, err := h.listenSocket()
	if err != nil {
		return errors.Join(err, pages.Close())
	}
	site, err := web.NewSite(web.SiteConfig{Home: h, Setup: h.setup, Attempts: h.attempts, Hosts: l.names(), Clock: h.Clock, Zone: h.Zone, Log: h.Log, Done: ctx.Done()})
	if err != nil {
		return errors.Join(err, pages.Close(), socket.Close())
	}
	failed := make(chan error, 2)
	servers := []*http.Server{h.server(behind(l, site)), h.server(h.API())}
	go func() { failed <- servers[0].Serve(pages) }()
	go func() { failed <- servers[1].Serve(socket) }()
	stopKeeping := keeper.start(ctx)
	ready(l.url(pages.Addr()))
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	for _, s := range servers {
		if serr := s.Shutdown(stop); serr != nil {
			err = errors.Join(err, s.Close())
		}
	}
	stopKeeping(stop)
	return err
}

// API returns the handler that the command line speaks to.
func (h *Home) API() http.Handler { return web.NewAPI(h, h.Log) }

func (h *Home) server(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(h.Log.Handler(), slog.LevelDebug)}
}

// listenSocket opens the socket of the commands. The vault's lock says that no
// other process serves this folder, so a socket that stands there is a remnant.
func (h *Home) listenSocket() (net.Listener, error) {
	path := h.path(Socket)
	if len(path) > maxSocket {
		return nil, core.E(core.Invalid, "open socket", fmt.Errorf("the home's folder has too long a name, %s: at most %d bytes", h.Dir, maxSocket-len(Socket)-1))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, core.E(core.Invalid, "open socket", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &ownersOnly{l, h.Log}, nil
}

// ownersOnly accepts connections of this process's user and of root.
type ownersOnly struct {
	*net.UnixListener
	log *slog.Logger
}

// Accept implements net.Listener.
func (o *ownersOnly) Accept() (net.Conn, error) {
	for {
		c, err := o.AcceptUnix()
		if err != nil {
			return nil, err
		}
		uid, err := peer(c)
		if err == nil && (uid == os.Geteuid() || uid == 0) {
			return c, nil
		}
		o.log.Warn("refused a connection to the socket", "uid", strconv.Itoa(uid), "error", err)
		if err := c.Close(); err != nil {
			o.log.Debug("close connection", "error", err)
		}
	}
}

// SetupLink returns the one-time link of first set-up.
func (h *Home) SetupLink(url string) string { return url + "/setup?token=" + string(h.token) }
