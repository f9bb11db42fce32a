package main

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// partPlainFirst plays the plain stores, opened when it is told.
const partPlainFirst = "plain-first"

type plainFirst struct {
	dir   string
	plain *plain // nil before it is opened
}

func (p *plainFirst) close() error {
	if p.plain == nil {
		return nil
	}
	return p.plain.close()
}

// do answers first and use as a home does.
func (p *plainFirst) do(_ context.Context, r request) (answer reply, err error) {
	switch r.Do {
	case "first":
		var took float64
		took, err = timed(func() (err error) {
			if p.plain, err = openPlain(p.dir, true); err != nil {
				return err
			}
			found, err := p.search(r.Words[1])
			if err == nil && found == 0 {
				err = fmt.Errorf("%q is not found", r.Words[1])
			}
			return err
		})
		answer.Took = []float64{took}
	case "use":
		for _, word := range r.Words {
			if _, err = p.search(word); err != nil {
				break
			}
		}
		if err == nil {
			err = p.list(2000)
		}
	default:
		err = fmt.Errorf("no request %q", r.Do)
	}
	answer.Memory = ownMemory()
	return answer, err
}

// search finds the newest records with a word, reads them and returns how many
// it read.
func (p *plainFirst) search(word string) (int, error) {
	found, err := p.plain.find(word, true)
	if err != nil {
		return 0, err
	}
	for _, hit := range found.Hits {
		if _, err := p.plain.bySeq([]byte(hit.ID)); err != nil {
			return 0, err
		}
	}
	return len(found.Hits), nil
}

// list reads the newest n records.
func (p *plainFirst) list(n int) error {
	return p.plain.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket([]byte("date")).Cursor()
		for key, _ := c.Last(); key != nil && n > 0; key, _ = c.Prev() {
			n--
			if _, err := p.plain.bySeq(key[len(key)-8:]); err != nil {
				return err
			}
		}
		return nil
	})
}
