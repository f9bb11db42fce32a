package ingest

import (
	"maps"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// mergePoints returns the data of a stored series with the points, and the
// other members, of what comes in. It returns invalid when the two do not fit.
func mergePoints(stored, in map[string]any) ([]byte, error) {
	before, err := meterOf(stored)
	if err != nil {
		return nil, core.E(core.Damaged, "read series", err)
	}
	now, err := meterOf(in)
	if err != nil {
		return nil, core.E(core.Invalid, "merge series", err)
	}
	merged, err := before.merge(now)
	if err != nil {
		return nil, core.E(core.Invalid, "merge series", err)
	}
	whole := ready{data: maps.Clone(stored)}
	maps.Copy(whole.data, in)
	merged.put(whole.data)
	if err := whole.encode(); err != nil {
		return nil, core.E(core.Invalid, "merge series", err)
	}
	return whole.Data, nil
}

// mergeSeries makes next the stored series with the points that in carries. Its
// time is the earliest known, so that a month stays where it is in a timeline.
func mergeSeries(in *incoming, old core.Record, next *core.Record) error {
	stored, err := parseData(old.Data)
	if err != nil {
		return core.E(core.Damaged, "read series", err)
	}
	if next.Data, err = mergePoints(stored, in.data); err != nil {
		return err
	}
	next.Time = earliest(old.Time, next.Time)
	return nil
}

func earliest(a, b record.Time) record.Time {
	if b.IsZero() || !a.IsZero() && a.Instant(time.UTC).Before(b.Instant(time.UTC)) {
		return a
	}
	return b
}

// changedPoints returns the data of a revision of a series with only the points
// that differ from the revision before it.
func changedPoints(before, now map[string]any) (map[string]any, error) {
	was, err := meterOf(before)
	if err != nil {
		return nil, err
	}
	is, err := meterOf(now)
	if err != nil {
		return nil, err
	}
	shift, err := is.step.between(was.Start, is.Start, is.zone)
	if err != nil {
		return nil, err
	}
	if was, err = was.rescaled(max(was.Scale, is.Scale)); err != nil {
		return nil, err
	}
	if is, err = is.rescaled(was.Scale); err != nil {
		return nil, err
	}
	for i, v := range is.Values {
		if at := i + shift; v != nil && at >= 0 && at < len(was.Values) && was.Values[at] != nil && *was.Values[at] == *v {
			is.Values[i] = nil
		}
	}
	is.trim()
	data := maps.Clone(now)
	is.put(data)
	return data, nil
}
