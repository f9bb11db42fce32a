package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// The parts that show apps over a decade: in a home, and as a plain program
// would work out what they show.
const (
	partApps      = "apps"
	partPlainApps = "plain-apps"
)

// mostAppMemory is what an app's worker may take, in bytes.
const mostAppMemory = 150e6

// views measures the first view of each built-in app over ten years of a
// household, warm: it was shown once before.
func (b *bench) views(ctx context.Context) error {
	if err := b.buildApps(ctx); err != nil {
		return err
	}
	d, err := b.duel(ctx, partApps, b.dir, partPlainApps, b.dir)
	if err != nil {
		return err
	}
	var ours, theirs []reply
	for n := range b.rounds + 1 {
		o, t, err := d.round(n, request{Do: "show"})
		if err != nil {
			return errors.Join(err, d.end())
		}
		if n > 0 {
			ours, theirs = append(ours, o), append(theirs, t)
		}
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(ours[0].Values)), func(name string) bool { return strings.Contains(name, " ") })
	for _, name := range names {
		b.table.add(viewRow(name, each(ours, name), each(theirs, name), each(ours, name+" worker"), each(ours, name+" cpu")))
	}
	return d.end()
}

// each returns one value of each reply.
func each(all []reply, name string) (values []float64) {
	for _, r := range all {
		values = append(values, r.Values[name])
	}
	return values
}

func viewRow(name string, ours, theirs, worker, cpu []float64) row {
	took, held := median(ours), slices.Max(worker)
	return row{what: fmt.Sprintf("the first view of %s over ten years, 200,000 records, p50", name),
		ours:      fmt.Sprintf("%s, of which %s in its worker, which held %s", seconds(took), seconds(median(cpu)), megabytes(held)),
		reference: "plain Go over plain bbolt, the same records read, decoded and summed by month: " + seconds(median(theirs)),
		ratio:     times(median(ratios(ours, theirs)), ratios(ours, theirs)), aim: "≤ 1 s, ≤ 150 MB", held: both(atMost(took, 1), atMost(held, mostAppMemory))}
}

// buildApps builds the worker and every built-in app.
func (b *bench) buildApps(ctx context.Context) error {
	if err := b.build(ctx); err != nil {
		return err
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	folders, err := filepath.Glob(filepath.Join(root, "apps", "*", "manifest.json"))
	for _, manifest := range folders {
		from := filepath.Dir(manifest)
		err = errors.Join(err, buildProgram(ctx, from, b.path(filepath.Join("apps", filepath.Base(from)))))
	}
	return err
}

// loadApps returns what buildApps made in dir.
func loadApps(dir string) (all []*program.Program, err error) {
	folders, err := os.ReadDir(filepath.Join(dir, "apps"))
	for _, folder := range folders {
		p, wrong := program.Load(os.DirFS(filepath.Join(dir, "apps", folder.Name())))
		all, err = append(all, p), errors.Join(err, wrong)
	}
	return all, err
}

// today is the last day of the decade.
func today() time.Time { return time.Now().UTC().Truncate(24 * time.Hour) }

// appsPart shows apps in a home.
type appsPart struct {
	*homePart
	programs []*program.Program
}

func newAppsPart(ctx context.Context, dir string) (part, error) {
	worker, _, err := loadBuilt(dir)
	if err != nil {
		return nil, err
	}
	programs, err := loadApps(dir)
	if err != nil {
		return nil, err
	}
	shared, err := home.NewShared(home.SharedConfig{Worker: worker, Programs: programs})
	if err != nil {
		return nil, err
	}
	p := &appsPart{&homePart{dir: dir, shared: shared}, programs}
	if p.home, err = home.Scratch(ctx, p.config("decade"), p.shared); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, p.fill(ctx)
}

// fill brings the decade in, waits until it is searchable and grants each app
// what it asks for.
func (p *appsPart) fill(ctx context.Context) error {
	rooms, err := p.home.Rooms()
	if err != nil {
		return err
	}
	in, err := ingest.New(rooms.Vault, time.Now)
	if err != nil {
		return err
	}
	s := &sealed{}
	if err := rooms.Vault.Update(ctx, s.makeSource); err != nil {
		return err
	}
	for records := range slices.Chunk(slices.Collect(decade{today()}.records()), batchSize) {
		batch := ingest.Batch{Source: s.source, Provenance: core.Provenance{Run: 1}}
		for _, r := range records {
			staged, err := in.Stage(r, "", nil)
			if err != nil {
				return err
			}
			batch.Records = append(batch.Records, staged)
		}
		if _, err := in.Commit(ctx, batch); err != nil {
			return err
		}
	}
	for _, app := range p.programs {
		if err := rooms.Apps.Grant(ctx, apps.Propose(app, today())); err != nil {
			return err
		}
	}
	for {
		found, err := rooms.Query.Search(ctx, query.Search{Text: "ondine"})
		if err != nil || !found.Behind {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// do answers show: for each app, seconds, and the seconds and the bytes of its
// worker.
func (p *appsPart) do(ctx context.Context, r request) (reply, error) {
	answer := reply{Values: map[string]float64{}}
	if r.Do != "show" {
		return answer, nil
	}
	rooms, err := p.home.Rooms()
	if err != nil {
		return answer, err
	}
	for _, app := range p.programs {
		id := app.Manifest.ID
		var shown *apps.Shown
		took, err := timed(func() (err error) {
			shown, err = rooms.Apps.Show(ctx, apps.Request{App: id, Locale: "en"})
			return err
		})
		if err == nil && len(shown.View.Nodes) == 0 {
			err = errors.New("it showed nothing")
		}
		if err != nil {
			return answer, fmt.Errorf("%s: %w", id, err)
		}
		answer.Values[id], answer.Values[id+" cpu"], answer.Values[id+" worker"] = took, shown.Outcome.CPU.Seconds(), float64(shown.Outcome.MaxRSS)
	}
	return answer, nil
}

// plainApps reads what the apps may read, and sums it by month.
type plainApps struct {
	*plain
	programs []*program.Program
}

func newPlainApps(dir string) (part, error) {
	programs, err := loadApps(dir)
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, "plain-decade")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p, err := openPlain(dir, false)
	if err != nil {
		return nil, err
	}
	var all []item
	for r := range (decade{today()}).records() {
		one := core.Record{Type: r.Type, ID: r.ID + r.Time.String(), Time: r.Time, Title: r.Title, Data: r.Data}
		all = append(all, item{one, encode(sent{r.Type, r.ID, r.Time, r.Title, r.Data, 1})})
	}
	for batch := range slices.Chunk(all, batchSize) {
		err = errors.Join(err, p.put(batch))
	}
	return &plainApps{p, programs}, err
}

func (p *plainApps) do(_ context.Context, r request) (reply, error) {
	answer := reply{Values: map[string]float64{}}
	if r.Do != "show" {
		return answer, nil
	}
	for _, app := range p.programs {
		var months int
		took, err := timed(func() (err error) {
			for _, read := range apps.Propose(app, today()).Reads {
				sums, wrong := p.sums(read)
				months, err = months+len(sums), errors.Join(err, wrong)
			}
			return err
		})
		if err == nil && months == 0 {
			err = fmt.Errorf("%s reads nothing", app.Manifest.ID)
		}
		if err != nil {
			return answer, err
		}
		answer.Values[app.Manifest.ID] = took
	}
	return answer, nil
}

// sums adds up, by month and vendor, what the records of a type have to add up.
func (p *plainApps) sums(read query.Allowed) (map[string]float64, error) {
	sums := map[string]float64{}
	return sums, p.db.View(func(tx *bolt.Tx) error {
		records, c, prefix := tx.Bucket([]byte("record")), tx.Bucket([]byte("type")).Cursor(), string(read.Type)+"\x00"
		for key, _ := c.Seek([]byte(prefix + read.From.String())); bytes.HasPrefix(key, []byte(prefix)); key, _ = c.Next() {
			var found sent
			if err := json.Unmarshal(records.Get(key[len(key)-8:]), &found); err != nil {
				return err
			}
			var data struct {
				Vendor, Kind   string
				Amount         json.Number
				Seconds, Bytes int64
				Values         []int64
			}
			if err := json.Unmarshal(found.Data, &data); err != nil {
				return err
			}
			amount, _ := data.Amount.Float64() // 0 for records without
			for _, value := range data.Values {
				amount += float64(value)
			}
			sums[month(found.Time)+data.Vendor+data.Kind] += amount + float64(data.Seconds+data.Bytes)
		}
		return nil
	})
}

func month(t record.Time) string {
	year, month, _ := t.Civil()
	return fmt.Sprintf("%04d-%02d ", year, month)
}
