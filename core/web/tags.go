package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/ingest"
	"github.com/domicile-home/domicile/core/locale"
)

// A tag is one that the person put on a record, and where it leads.
type tag struct{ Name, Href string }

// tagging is the part of a record's page that is about its tags.
type tagging struct {
	Tags  []tag
	Known []string // tags of other records
	Typed string   // what was typed and refused
	Wrong string   // what is wrong with it
}

func (s *site) taggingOf(v *visit, r core.Record) (t tagging, err error) {
	for _, name := range r.Tags {
		t.Tags = append(t.Tags, tag{name, timelineLink(url.Values{}, "tag", name)})
	}
	t.Known, err = v.Connect.Ingest.Tags(v.Request().Context())
	return t, err
}

// tagRecord puts the tags that were typed on a record, or says on its page what
// is wrong with them.
func (s *site) tagRecord(v *visit) error {
	typed := v.FormValue("tags")
	err := s.changeTags(v, splitTags(typed), nil)
	refusal, ok := errors.AsType[*ingest.Refusal](err)
	if !ok {
		return err
	}
	return s.showRecord(v, http.StatusBadRequest, func(p *recordPage) {
		p.Tagging.Typed, p.Tagging.Wrong = typed, wrongTag(v.l, refusal.Faults[0].Reason)
		p.Problem = adviceFor(v.l, "tag.refused")
	})
}

func (s *site) untagRecord(v *visit) error { return s.changeTags(v, nil, []string{v.FormValue("tag")}) }

func (s *site) changeTags(v *visit, add, remove []string) error {
	return s.changeRecord(v, func(ctx context.Context, ref core.Ref) error {
		return v.Connect.Ingest.Tag(ctx, ref, add, remove)
	})
}

// splitTags reads the tags of a list with commas; without any it is one tag
// without a letter, which nothing takes.
func splitTags(text string) (tags []string) {
	for one := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(one) != "" {
			tags = append(tags, one)
		}
	}
	if tags == nil {
		return []string{text}
	}
	return tags
}

func wrongTag(l *locale.Locale, reason ingest.Reason) string {
	n := ingest.MaxTag
	if reason == ingest.TooMany {
		n = ingest.MaxTags
	}
	return l.T("tag."+string(reason), "n", n)
}
