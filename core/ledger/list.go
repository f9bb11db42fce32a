package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// Sizes of pages.
const (
	DefaultPage = 100
	MaxPage     = 1000
	maxLook     = 5000 // entries looked at for one page
)

// A Filter says which entries are wanted. The zero Filter is all of them.
type Filter struct {
	Kind   Kind
	Source core.SourceID // core.Own: any
	Token  string
	App    string
	From   time.Time // first instant
	To     time.Time // first instant after
}

// A Cursor stands in a list; "" at its beginning. It stays good whatever is
// written meanwhile.
type Cursor string

// A Page is a piece of a list.
type Page struct {
	Entries []Entry
	Next    Cursor // "" at the end
}

// List returns at most size entries (0: DefaultPage), the newest first, after a
// cursor. A page of a filter that few entries pass may be short and yet have a
// next one. It returns invalid for a cursor that is none, locked and damaged.
func (l *Ledger) List(ctx context.Context, f Filter, after Cursor, size int) (page Page, err error) {
	if size <= 0 {
		size = DefaultPage
	}
	err = l.vault.View(ctx, func(tx *vault.Tx) error {
		own, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		w := walker{tx: tx, own: own, filter: f}
		page, err = w.page(ctx, after, min(size, MaxPage))
		return err
	})
	return page, err
}

// A walker reads one list in one view.
type walker struct {
	tx     *vault.Tx
	own    *vault.Space
	filter Filter
}

func (w *walker) page(ctx context.Context, after Cursor, size int) (page Page, err error) {
	space, r, err := w.rangeAfter(after)
	if core.CodeOf(err) == core.NotFound { // the source is gone, and what was said of it
		return Page{}, nil
	}
	if err != nil {
		return Page{}, err
	}
	looked := 0
	for row, err := range space.Scan(rows, r) {
		if err != nil {
			return Page{}, err
		}
		if len(row.Key) < 8 {
			return Page{}, errRow
		}
		if err := ctx.Err(); err != nil {
			return Page{}, err
		}
		if looked == maxLook || len(page.Entries) == size {
			return page, nil
		}
		number := binary.BigEndian.Uint64(row.Key[len(row.Key)-8:])
		e, err := w.read(number)
		if err != nil {
			return Page{}, err
		}
		if w.wants(e) {
			page.Entries = append(page.Entries, e)
		}
		looked++
		page.Next = Cursor(strconv.FormatUint(number, 10))
	}
	page.Next = ""
	return page, nil
}

// rangeAfter returns the shortest list that holds all that is wanted: of the
// source, the token, the time, the kind, or of everything.
func (w *walker) rangeAfter(after Cursor) (*vault.Space, vault.Range, error) {
	number := uint64(1) << 63
	if after != "" {
		n, err := strconv.ParseUint(string(after), 10, 62)
		if err != nil {
			return nil, vault.Range{}, core.E(core.Invalid, "list ledger", errors.New("not a cursor"))
		}
		number = n
	}
	f := w.filter
	switch {
	case f.Source != core.Own:
		space, err := w.tx.Space(f.Source)
		return space, vault.Range{Prefix: []byte{rowContent}, To: numbered(rowContent, number), Reverse: true}, err
	case f.Token != "":
		return w.own, namedRange(rowToken, f.Token, number), nil
	case f.App != "":
		return w.own, namedRange(rowApp, f.App, number), nil
	case !f.From.IsZero() || !f.To.IsZero():
		return w.timeRange(after, number)
	case f.Kind != "":
		return w.own, namedRange(rowKind, string(f.Kind), number), nil
	}
	return w.own, vault.Range{Prefix: []byte{rowEntry}, To: numbered(rowEntry, number), Reverse: true}, nil
}

func namedRange(row byte, name string, number uint64) vault.Range {
	to := named(row, name, number)
	return vault.Range{Prefix: to[:len(to)-8], To: to, Reverse: true}
}

// timeRange is the range of a span of time; after a cursor, from where that
// entry stands in it.
func (w *walker) timeRange(after Cursor, number uint64) (*vault.Space, vault.Range, error) {
	r := vault.Range{Prefix: []byte{rowTime}, Reverse: true}
	if !w.filter.From.IsZero() {
		r.From = timeKey(w.filter.From)
	}
	if !w.filter.To.IsZero() {
		r.To = timeKey(w.filter.To)
	}
	if after != "" {
		h, _, err := w.header(number)
		if core.CodeOf(err) == core.NotFound {
			err = core.E(core.Invalid, "list ledger", errors.New("not a cursor"))
		}
		if err != nil {
			return nil, r, err
		}
		r.To = timed(h.At, number)
	}
	return w.own, r, nil
}

// header returns an entry's header, as it stands.
func (w *walker) header(number uint64) (h Header, s Salted, err error) {
	row, err := w.own.Get(rows, numbered(rowEntry, number))
	if err != nil {
		return h, s, err
	}
	if s, err = decodeSalted(row); err != nil {
		return h, s, err
	}
	h, err = unsalt[Header](s)
	return h, s, err
}

// read returns an entry, or what is left of it.
func (w *walker) read(number uint64) (Entry, error) {
	h, _, err := w.header(number)
	if err != nil {
		return Entry{}, damaged("read ledger", err)
	}
	s, err := w.content(number, h)
	if err != nil {
		return Entry{}, err
	}
	if s == nil {
		return Entry{Number: number, Erased: true, At: h.At, Kind: h.Kind}, nil
	}
	e, err := unsalt[Entry](*s)
	e.Number = number
	return e, err
}

// content returns what an entry says; nil when that went with its source.
func (w *walker) content(number uint64, h Header) (*Salted, error) {
	space, err := w.tx.Space(h.Source)
	if core.CodeOf(err) == core.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	row, err := space.Get(rows, numbered(rowContent, number))
	if err != nil {
		return nil, damaged("read ledger", err)
	}
	s, err := decodeSalted(row)
	return &s, err
}

func (w *walker) wants(e Entry) bool {
	f := w.filter
	return (f.Kind == "" || e.Kind == f.Kind) && (f.Token == "" || e.Token == f.Token) && (f.App == "" || e.App == f.App) && (f.Source == core.Own || e.Source == f.Source) &&
		(f.From.IsZero() || !e.At.Before(f.From)) && (f.To.IsZero() || e.At.Before(f.To))
}
