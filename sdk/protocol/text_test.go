package protocol_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/domicile-home/domicile/sdk/protocol"
)

func TestText_leaves_codes_out(t *testing.T) {
	t.Parallel()
	closed := &protocol.Error{Code: protocol.Unavailable, Message: "closed at night"}
	for _, tc := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("unavailable: not a code"), "unavailable: not a code"},
		{closed, "closed at night"},
		{&protocol.Error{Code: protocol.RateLimited}, "rate limited"},
		{fmt.Errorf("page 2: %w", closed), "page 2: closed at night"},
		{fmt.Errorf("sign in: %w", fmt.Errorf("page 2: %w (again)", closed)), "sign in: page 2: closed at night (again)"},
		{errors.Join(closed, errors.New("and so")), "closed at night\nand so"},
	} {
		if got := protocol.Text(tc.err); got != tc.want {
			t.Errorf("%v: got %q, want %q", tc.err, got, tc.want)
		}
	}
}
