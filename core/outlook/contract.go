package outlook

import (
	"context"
	"encoding/json"
	"time"

	"github.com/domicile-home/domicile/core/query"
	"github.com/domicile-home/domicile/sdk/record"
)

// contractEnds returns the contracts that end in the months to come.
func contractEnds(ctx context.Context, r *query.Reader, day time.Time) (events []Event, err error) {
	records, err := newest(ctx, r, record.TypeContract, record.Time{}, maxContracts)
	for _, rec := range records {
		var c record.Contract
		if json.Unmarshal(rec.Data, &c) != nil {
			continue
		}
		end, ok := civil(c.End)
		if ok && !end.Before(day) && end.Sub(day) <= aheadContracts {
			events = append(events, Event{What: Ends, Day: end, Vendor: c.Vendor, Ref: rec.Ref})
		}
	}
	return events, err
}
