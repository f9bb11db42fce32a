package search

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
)

// stored is what a segment keeps of each record: its name, and its words in
// their order. It is more than a third of the segment and only phrases and
// merges read it, so it is unsealed chunk by chunk when they do, and forgotten.
type stored struct {
	file *sealedFile
	end  uint64 // of what is stored, in the unsealed file; the places of the records come after it

	mu      sync.Mutex
	present []int // chunks that are unsealed
}

// mostPresent is how many chunks stay unsealed between two records.
const mostPresent = 4

// whole is how many chunks hold nothing but what is stored.
func (s *stored) whole() int { return int(s.end / sealedChunk) }

// held returns the bytes in memory of the rest of the segment.
func (s *stored) held() int64 { return int64(len(s.file.plain.data) - s.whole()*sealedChunk) }

// forget gives back the memory of every chunk. The caller holds mu, or alone
// knows of s.
func (s *stored) forget() error {
	s.present = s.present[:0]
	return s.file.plain.forget(0, s.whole()*sealedChunk)
}

// need unseals the chunks of the bytes from start to end.
func (s *stored) need(start, end uint64) error {
	if start > end || end > uint64(len(s.file.plain.data)) {
		return fmt.Errorf("%w: place of a record", errDamaged)
	}
	for chunk := int(start / sealedChunk); chunk < s.whole() && uint64(chunk)*sealedChunk < end; chunk++ {
		if slices.Contains(s.present, chunk) {
			continue
		}
		if err := s.file.unseal(chunk, chunk+1); err != nil {
			return err
		}
		s.present = append(s.present, chunk)
	}
	return nil
}

// with calls read while what is stored of one record of so many is unsealed.
func (s *stored) with(number, count uint64, read func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number < count {
		if len(s.present) > mostPresent {
			if err := s.forget(); err != nil {
				return err
			}
		}
		if err := s.needRecord(number); err != nil {
			return err
		}
	}
	return read()
}

// needRecord unseals a record: two lengths and what they measure. See zap.md of
// zapx version 17.
func (s *stored) needRecord(number uint64) error {
	plain := s.file.plain.data
	start := binary.BigEndian.Uint64(plain[s.end+8*number:])
	lengths := min(start+2*binary.MaxVarintLen64, s.end)
	if err := s.need(start, lengths); err != nil {
		return err
	}
	of, size := plain[start:lengths], lengths-start
	for range 2 {
		length, n := binary.Uvarint(of)
		if n <= 0 {
			return fmt.Errorf("%w: length of a record", errDamaged)
		}
		of, size = of[n:], size+length
	}
	return s.need(start, min(start+size, s.end))
}

// hold keeps everything unsealed until release is called.
func (s *stored) hold() (release func(), err error) {
	s.mu.Lock()
	if err := s.need(0, s.end); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	return func() {
		_ = s.forget() // at worst the memory stays until the segment is closed
		s.mu.Unlock()
	}, nil
}
