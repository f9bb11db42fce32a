package book

import "slices"

// MaxLearnt is how many labels are kept; what was learnt first goes first. With
// keys of MaxKey that stays well below what an app may keep.
const MaxLearnt = 1000

// A Lesson is what the person said of a label.
type Lesson struct {
	Key      string   `json:"key"`
	Category Category `json:"category"`
}

// Learnt is what the person said, the latest last.
type Learnt []Lesson

// Learn returns l with one more lesson, which replaces what was said before.
func (l Learnt) Learn(key string, c Category) Learnt {
	key = key[:min(len(key), MaxKey)]
	l = append(l.Forget(key), Lesson{key, c})
	return l[max(0, len(l)-MaxLearnt):]
}

// Forget returns l without a key.
func (l Learnt) Forget(key string) Learnt {
	return slices.DeleteFunc(slices.Clone(l), func(one Lesson) bool { return one.Key == key })
}
