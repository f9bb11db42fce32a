package connect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image/png"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const maxPicture = 4 << 20 // bytes of a picture as the home encodes it

// checkImage holds the payload of a question against its kind.
func checkImage(req protocol.AskRequest, payload []byte) error {
	switch isImage := req.Kind == protocol.AskImage; {
	case !isImage && (len(payload) > 0 || req.Again):
		return &protocol.Error{Code: protocol.Invalid, Message: "a picture goes with kind image"}
	case isImage && len(payload) == 0:
		return &protocol.Error{Code: protocol.Invalid, Message: "kind image wants a picture"}
	case len(payload) > protocol.MaxAskImage:
		return &protocol.Error{Code: protocol.Limit, Message: fmt.Sprintf("a picture of %d bytes; at most %d are shown", len(payload), protocol.MaxAskImage)}
	}
	return nil
}

// redraw puts the picture of a question into q, encoded by the home: nothing of
// payload is in it but what it looks like.
func (s *session) redraw(ctx context.Context, q *Question, payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	drawn, err := s.extract.Redraw(ctx, payload)
	if err != nil {
		return fmt.Errorf("the picture of the question: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		return core.E(protocol.Internal, "encode picture", err)
	}
	if out.Len() > maxPicture {
		return core.E(protocol.Limit, "encode picture", errors.New("the picture of the question is too large to be shown"))
	}
	q.Image, q.Width, q.Height = out.Bytes(), drawn.Rect.Dx(), drawn.Rect.Dy()
	return nil
}

// digestOf tells one payload from another; "" is none.
func digestOf(payload []byte) string {
	if len(payload) == 0 {
		return ""
	}
	sum := sha256.Sum256(payload)
	return hex.EncodeToString(sum[:])
}
