// Serve opens the gallery on this machine. Run it from the top of the
// repository, after make build: make gallery.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/domicile-home/domicile/core/locale"
	"github.com/domicile-home/domicile/examples/gallery"
)

const address = "127.0.0.1:8421"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	shared, err := gallery.Shared(os.DirFS("."))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shared.Close()) }()
	dir, err := os.MkdirTemp("", "gallery-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintln(out, "Making the homes…")
	var all []*gallery.Gallery
	for _, lang := range locale.Langs() {
		g, err := gallery.Open(ctx, gallery.Config{Dir: filepath.Join(dir, string(lang)), Source: os.DirFS("."), Shared: shared, Lang: lang,
			Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, g.Close()) }()
		all = append(all, g)
	}
	return show(ctx, out, gallery.Index(all...))
}

// show serves the index until ctx is done.
func show(ctx context.Context, out io.Writer, index http.Handler) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: index, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	fmt.Fprintln(out, "The gallery is at http://"+address+"/ until you press Ctrl+C.")
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	err = server.Close()
	<-ended
	return err
}
