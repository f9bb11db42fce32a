package vault

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A sealing is one changed page on its way to the file.
type sealing struct {
	keys *spaceKeys
	at   place
	node *node
	out  []byte
}

// commit seals what changed, writes it, and makes it visible. A transaction
// that changed nothing writes nothing.
func (t *Tx) commit() error {
	for _, s := range t.inOrder() {
		if err := s.flush(); err != nil {
			return err
		}
	}
	pages := t.settle()
	if len(pages)+len(t.values)+len(t.gone) == 0 && t.header == nil && !t.newRing && !t.filler && t.root.change == t.base.root.change {
		return nil
	}
	t.root.seq++
	t.root.at = t.v.o.Clock()
	sealAll(pages, t.s.vault)
	b, sealedRoot := t.batch(pages)
	if err := t.write(b); err != nil {
		return err
	}
	t.publish(pages, sealedRoot)
	return nil
}

func (t *Tx) inOrder() []*Space {
	return slices.SortedFunc(maps.Values(t.spaces), func(a, b *Space) int { return compareIDs(a.id, b.id) })
}

// settle gives every changed page its id and generation, from the leaves up and
// in the order of keys, and the root its new tops.
func (t *Tx) settle() []sealing {
	var pages []sealing
	for _, s := range t.inOrder() {
		i, ok := t.root.find(s.id)
		if !ok || len(s.tree.dirty) == 0 && t.root.spaces[i].page == s.tree.root {
			continue
		}
		if s.tree.root != (ref{}) {
			s.tree.root = s.tree.settle(s.tree.root, &pages)
		}
		t.root.spaces[i].page = s.tree.root
	}
	return pages
}

func (t *tree) settle(r ref, pages *[]sealing) ref {
	n := t.dirty[r.id]
	if n == nil {
		return r
	}
	if !n.page.isLeaf() {
		for i := range n.page.count() {
			child := n.page.child(i)
			if settled := t.settle(child, pages); settled != child {
				n.page.setChild(i, settled)
			}
		}
	}
	at := ref{n.was.id, newGen()}
	if n.was == (ref{}) {
		at.id = t.t.newID()
	}
	*pages = append(*pages, sealing{keys: t.keys, at: place{sealPage, t.space, at}, node: n})
	return at
}

// sealAll seals pages, on every processor when they are many.
func sealAll(pages []sealing, id vaultID) {
	const few = 32
	workers := min(runtime.GOMAXPROCS(0), 4, len(pages)/few+1)
	buf := make([]byte, len(pages)*sealedPageSize)
	var wait sync.WaitGroup
	for w := range workers {
		from, to := len(pages)*w/workers, len(pages)*(w+1)/workers
		wait.Go(func() {
			for i := from; i < to; i++ {
				pages[i].out = buf[i*sealedPageSize : i*sealedPageSize : (i+1)*sealedPageSize]
				pages[i].seal(id)
			}
		})
	}
	wait.Wait()
}

func (s *sealing) seal(id vaultID) {
	var aad [placeSize]byte
	s.out = seal(s.out, s.keys.page, s.node.page, s.at.aad(aad[:0], id))
}

// batch gathers everything the commit writes, in the order of ids.
func (t *Tx) batch(pages []sealing) (b *batch, sealedRoot []byte) {
	b = &batch{deletes: t.gone}
	slices.SortFunc(pages, func(a, b sealing) int { return cmp.Compare(a.at.ref.id, b.at.ref.id) })
	for _, p := range pages {
		b.puts = append(b.puts, put{bucketPage, idKey(p.at.ref.id), p.out})
	}
	for _, id := range slices.Sorted(maps.Keys(t.values)) {
		b.puts = append(b.puts, put{bucketValue, idKey(id), t.values[id]})
	}
	if t.header != nil {
		encoded := t.header.encode()
		t.root.header = sha256.Sum256(encoded)
		b.meta = append(b.meta, put{bucketMeta, keyHeader, encoded})
	}
	if t.newRing {
		krk := t.s.krk
		if t.krk != nil {
			krk = t.krk
		}
		sealed := t.s.sealKeyring(t.ring, krk)
		t.root.keyring = sha256.Sum256(sealed)
		b.meta = append(b.meta, put{bucketMeta, keyKeyring, sealed})
	}
	sealedRoot = t.s.sealRoot(t.root)
	b.meta = append(b.meta, put{bucketRoot, keyRoot, sealedRoot})
	return b, sealedRoot
}

// write commits b, with the ballast's space should that be needed and allowed.
func (t *Tx) write(b *batch) error {
	if t.newRing {
		t.s.addKeys(t.ring) // before anybody can see the spaces they are for
	}
	err := t.d.commit(b)
	if core.CodeOf(err) != protocol.Limit || !t.reserve || !t.v.dropBallast() {
		return err
	}
	t.d.rollback()
	if t.d, err = t.v.disk.begin(true); err != nil {
		return err
	}
	return t.d.commit(b)
}

// publish makes the commit visible to the transactions that follow.
func (t *Tx) publish(pages []sealing, sealedRoot []byte) {
	for _, p := range pages {
		t.s.cache.add(p.at.ref, p.node.was, p.node.page)
	}
	if t.header != nil {
		t.v.setHeader(t.header)
	}
	if t.krk != nil {
		clear(t.s.krk)
		t.s.krk = t.krk
	}
	if t.newRing {
		t.s.setKeyring(t.ring)
	}
	t.v.last.Store(&rootAt{t.d.id + 1, t.root, rootTag(sealedRoot)})
	for _, f := range t.after {
		f()
	}
	if t.root.change != t.base.root.change {
		t.v.announce()
	}
}

func idKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }
