package sdktest

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/domicile-home/domicile/sdk/protocol"
)

func (r *run) file(id protocol.FileID) ([]byte, error) {
	data, ok := r.host.FileData(id)
	if !ok {
		return nil, &protocol.Error{Code: protocol.NotFound, Message: "no file " + string(id)}
	}
	return data, nil
}

func (r *run) readFile(in protocol.ReadFileRequest) (any, []byte, error) {
	data, err := r.file(in.File)
	if err != nil {
		return nil, nil, err
	}
	size := int64(len(data))
	if in.Offset < 0 || in.Offset > size || in.Length < 0 {
		return nil, nil, &protocol.Error{Code: protocol.Invalid, Message: "range outside the file"}
	}
	length := min(size-in.Offset, protocol.MaxPayload)
	if in.Length > 0 {
		length = min(length, in.Length)
	}
	return protocol.ReadFileReply{Size: size}, append([]byte{}, data[in.Offset:in.Offset+length]...), nil
}

func (r *run) pdfText(in protocol.FileRequest) (any, []byte, error) {
	data, err := r.file(in.File)
	if err != nil {
		return nil, nil, err
	}
	pages, err := r.host.PDFText(data)
	if err != nil {
		return nil, nil, problem(err, protocol.InvalidFile)
	}
	return protocol.PDFTextReply{Pages: pages}, nil, nil
}

func (r *run) unzip(in protocol.FileRequest) (any, []byte, error) {
	data, err := r.file(in.File)
	if err != nil {
		return nil, nil, err
	}
	entries, err := r.host.Unzip(data)
	if err != nil {
		return nil, nil, problem(err, protocol.InvalidFile)
	}
	var out protocol.UnzipReply
	for _, e := range entries {
		out.Files = append(out.Files, *r.host.AddFile(e.Name, "", e.Data))
	}
	return out, nil, nil
}

func (r *run) selectIn(in protocol.SelectRequest, html []byte) (any, []byte, error) {
	if in.File != "" {
		data, err := r.file(in.File)
		if err != nil {
			return nil, nil, err
		}
		html = data
	}
	results, err := r.host.Select(html, in.Queries)
	if err != nil {
		return nil, nil, problem(err, protocol.Invalid)
	}
	return protocol.SelectReply{Results: results}, nil, nil
}

func (r *run) ask(in protocol.AskRequest, payload []byte) (any, []byte, error) {
	answer, err := r.answered(in, payload)
	if err != nil {
		return nil, nil, problem(err, protocol.ActionNeeded)
	}
	return protocol.AskReply{Answer: answer}, nil, nil
}

// answered is what the person says. A picture is held to what a home shows.
func (r *run) answered(in protocol.AskRequest, payload []byte) (string, error) {
	if in.Kind != protocol.AskImage {
		switch {
		case len(payload) > 0 || in.Again:
			return "", &protocol.Error{Code: protocol.Invalid, Message: "a picture goes with kind image"}
		case r.host.Answer == nil:
			return "", errors.New("nobody is there to answer")
		}
		return r.host.Answer(in)
	}
	if len(payload) > protocol.MaxAskImage {
		return "", &protocol.Error{Code: protocol.Limit, Message: "the picture is too large"}
	}
	picture, err := decode(payload)
	switch {
	case err != nil:
		return "", &protocol.Error{Code: protocol.InvalidFile, Message: "the picture is no JPEG or PNG: " + err.Error()}
	case r.host.See != nil:
		return r.host.See(in, picture)
	}
	return r.host.Answer(in)
}

func decode(picture []byte) (image.Image, error) {
	if bytes.HasPrefix(picture, []byte("\x89PNG")) {
		return png.Decode(bytes.NewReader(picture))
	}
	return jpeg.Decode(bytes.NewReader(picture))
}

func (r *run) totp(in protocol.TOTPRequest) (any, []byte, error) {
	if _, ok := r.host.Secrets[in.Secret]; !ok {
		return nil, nil, &protocol.Error{Code: protocol.NotFound, Message: "no secret " + in.Secret}
	}
	return protocol.TOTPReply{Placeholder: protocol.Placeholder(in.Secret)}, nil, nil
}

func (r *run) log(in protocol.LogRequest) (any, []byte, error) {
	r.result.Log = append(r.result.Log, in.Level+": "+in.Message)
	return nil, nil, nil
}

func (r *run) fail(in protocol.FailRequest) (any, []byte, error) {
	r.result.Problem = &protocol.Error{Code: in.Code, Message: in.Message, RetryAfter: in.RetryAfter}
	return nil, nil, nil
}
