package vault

import (
	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// The keys of the vault's own keyspaces. Each is built in the space's buffer
// for keys or one of its own where two are needed at a time.

func (s *Space) recordName(seq core.Seq) []byte {
	s.buf = appendOrdered(append(s.buf[:0], byte(spaceRecord)), uint64(seq))
	return s.buf
}

func (s *Space) idName(t record.Type, id string) []byte {
	s.buf = append(append(append(s.buf[:0], byte(spaceID)), t...), 0)
	s.buf = append(s.buf, id...)
	return s.buf
}

func (s *Space) runName(run core.RunID, seq core.Seq) []byte {
	s.buf = appendOrdered(append(s.buf[:0], byte(spaceRun)), uint64(run))
	s.buf = appendOrdered(s.buf, uint64(seq))
	return s.buf
}

func (s *Space) revisionName(seq core.Seq, revision uint64) []byte {
	s.buf = appendOrdered(append(s.buf[:0], byte(spaceRevision)), uint64(seq))
	s.buf = appendOrdered(s.buf, revision)
	return s.buf
}

func (s *Space) dateName(when moment, seq core.Seq) []byte {
	s.dateBuf = append(append(s.dateBuf[:0], byte(spaceDate)), when[:]...)
	s.dateBuf = appendOrdered(s.dateBuf, uint64(seq))
	return s.dateBuf
}

func (s *Space) typeName(t record.Type, when moment, seq core.Seq) []byte {
	s.buf = append(append(append(s.buf[:0], byte(spaceType)), t...), 0)
	s.buf = appendOrdered(append(s.buf, when[:]...), uint64(seq))
	return s.buf
}

// seqOf returns the number of the record of a type and id.
func (s *Space) seqOf(t record.Type, id string) (core.Seq, bool, error) {
	if len(t) > maxType || len(id) > maxID {
		return 0, false, nil
	}
	value, found, err := s.tree.get(s.idName(t, id))
	if err != nil || !found {
		return 0, false, err
	}
	seq, rest, ok := readOrdered(value)
	if !ok || len(rest) > 0 {
		return 0, false, errRow
	}
	return core.Seq(seq), true, nil
}
