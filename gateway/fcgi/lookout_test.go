package fcgi

import (
	"slices"
	"testing"
	"time"
	"unsafe"
)

// Requests are late when a whole tick has passed, in their order, and each once.
func TestLookout(t *testing.T) {
	l := &lookout{timer: time.AfterFunc(time.Hour, func() {})} // whose ticks are ours
	var qs [5]*request
	for i := range qs {
		qs[i] = new(request)
	}
	for _, step := range []struct {
		add, remove []int
		late        []int
	}{
		{add: []int{0, 1}},
		{add: []int{2}, late: []int{0, 1}},
		{remove: []int{0, 2}, add: []int{3, 4}},
		{remove: []int{3}, late: []int{4}},
		{add: []int{0, 1, 2}, remove: []int{1}},
		{late: []int{0, 2}},
		{},
	} {
		for _, i := range step.add {
			l.add(qs[i])
		}
		for _, i := range step.remove {
			l.remove(qs[i])
		}
		var want []*request
		for _, i := range step.late {
			want = append(want, qs[i])
		}
		if got := l.late(); !slices.Equal(got, want) {
			t.Errorf("%+v: %d are late", step, len(got))
		}
	}
	if l.first != nil || l.last != nil {
		t.Error("some are left")
	}
}

// Go's allocator takes longer for what has pointers and more than 512 bytes.
func TestRequestSize(t *testing.T) {
	if n := unsafe.Sizeof(request{}); n > 512 {
		t.Errorf("a request takes %d bytes", n)
	}
}
