package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// unlock measures the way from a locked home to the first found records, each
// time in a new process.
func (b *bench) unlock(ctx context.Context) error {
	if err := b.build(ctx); err != nil {
		return err
	}
	words := newCorpus().queries(2 * b.rounds)
	for _, disk := range []struct {
		name   string
		forget bool
	}{{"files in the system's memory", false}, {"files on the disk", true}} {
		var ours, theirs []float64
		for n := range b.rounds {
			o, err := b.first(partHome, b.dir, disk.forget, "home", words[n])
			if err == nil {
				ours = append(ours, sum(o))
				o, err = b.first(partPlainFirst, b.path("plain"), disk.forget, "", words[n])
			}
			if err != nil {
				return err
			}
			theirs = append(theirs, sum(o))
		}
		r := row{what: b.count() + ": from locked to the first found records, no Argon2; " + disk.name, ours: seconds(median(ours)),
			reference: "plain bbolt + bleve, opened and searched: " + seconds(median(theirs)), ratio: times(median(ratios(ours, theirs)), ratios(ours, theirs))}
		if !disk.forget {
			r.aim, r.held = "≤ 300 ms", atMost(median(ours), 0.3)
		}
		b.table.add(r)
	}
	return nil
}

// first starts a child that opens and looks a word up.
func (b *bench) first(part, dir string, forget bool, words ...string) ([]float64, error) {
	if forget {
		if err := forgetFiles(dir); err != nil {
			return nil, err
		}
	}
	c, err := startChild(context.Background(), part, dir)
	if err != nil {
		return nil, err
	}
	answer, err := c.ask(request{Do: "first", Words: words})
	return answer.Took, errors.Join(err, c.end())
}

// memory measures what a process holds with everything open, after searches.
func (b *bench) memory(ctx context.Context) error {
	if err := b.build(ctx); err != nil {
		return err
	}
	ours, err := b.used(partHome, b.dir, "home")
	if err != nil {
		return err
	}
	theirs, err := b.used(partPlainFirst, b.path("plain"), "")
	if err != nil {
		return err
	}
	b.table.add(memoryRow(b.count(), ours, &theirs))
	return nil
}

func memoryRow(count string, ours memory, theirs *memory) row {
	total := float64(ours.total())
	r := row{what: count + ": memory with all open, after 200 searches and 2,000 records listed", ours: shownMemory(ours)}
	if theirs != nil {
		r.reference = "plain bbolt + bleve, the same: " + shownMemory(*theirs)
		r.ratio = times(total/float64(theirs.total()), nil)
		r.aim, r.held = "≤ 160 MB", atMost(total, 160e6)
	}
	return r
}

func shownMemory(m memory) string {
	return fmt.Sprintf("%s (%s heap and other, %s files mapped, %s memory files)",
		megabytes(float64(m.total())), megabytes(float64(m.Anon)), megabytes(float64(m.File)), megabytes(float64(m.Shmem+m.Memfd)))
}

// used returns what a child holds after a person has looked around.
func (b *bench) used(part, dir, name string) (memory, error) {
	c, err := startChild(context.Background(), part, dir)
	if err != nil {
		return memory{}, err
	}
	words := newCorpus().queries(200)
	if _, err := c.ask(request{Do: "first", Words: []string{name, words[0]}}); err != nil {
		return memory{}, errors.Join(err, c.end())
	}
	answer, err := c.ask(request{Do: "use", Words: words})
	return answer.Memory, errors.Join(err, c.end())
}

// largeRecords is how many records a large home has.
const largeRecords = 1_000_000

// atLarge measures unlocking and memory at a million records.
func (b *bench) atLarge(ctx context.Context) error {
	if !b.large {
		return nil
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	took, err := b.fill(ctx, "large", largeRecords)
	if err != nil {
		return err
	}
	b.table.add(row{what: "1,000,000 records: stored and searchable", ours: rate(largeRecords, took)})
	if err := b.largeRows(); err != nil {
		return err
	}
	return b.remove("large")
}

func (b *bench) largeRows() error {
	words := newCorpus().queries(b.rounds)
	for _, disk := range []struct {
		name   string
		forget bool
	}{{"files in the system's memory", false}, {"files on the disk", true}} {
		var took []float64
		for _, word := range words {
			t, err := b.first(partHome, b.dir, disk.forget, "large", word)
			if err != nil {
				return err
			}
			took = append(took, sum(t))
		}
		b.table.add(row{what: "1,000,000 records: from locked to the first found records, no Argon2; " + disk.name, ours: seconds(median(took)), aim: "same order as at 100,000"})
	}
	m, err := b.used(partHome, b.dir, "large")
	if err != nil {
		return err
	}
	b.table.add(memoryRow("1,000,000 records", m, nil))
	return nil
}

// size tells how large the program is.
func (b *bench) size(ctx context.Context) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(root, "bin", "domicile"))
	if err != nil {
		return fmt.Errorf("run make build first: %w", err)
	}
	r := row{what: "size of `bin/domicile`, worker and connectors embedded", ours: megabytes(float64(info.Size()))}
	if node, err := exec.LookPath("node"); err == nil {
		if path, err := filepath.EvalSymlinks(node); err == nil {
			if info, err := os.Stat(path); err == nil {
				r.reference = "the `node` executable alone: " + megabytes(float64(info.Size()))
			}
		}
	}
	b.table.add(r)
	return nil
}
