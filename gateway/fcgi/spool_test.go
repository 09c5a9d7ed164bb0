package fcgi

import "testing"

// A body of which some is always left keeps no more of the disk than it may, however long it is: a
// client that sends a little faster than a handler reads must not fill it.
func TestSpoolSize(t *testing.T) {
	const most = 10_000
	of := &spools{dir: t.TempDir(), most: most, mostAll: 1 << 30}
	s := spool{of: of}
	defer s.close()
	var sent, got byte
	chunk := make([]byte, 3_000)
	write := func() {
		for i := range chunk {
			chunk[i] = sent
			sent++
		}
		if err := s.write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	write()
	for range 100 {
		write()
		for left := len(chunk); left > 0; {
			n, err := s.read(chunk[:left])
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range chunk[:n] {
				if b != got {
					t.Fatalf("got %d, want %d", b, got)
				}
				got++
			}
			left -= n
		}
	}
	if info, err := s.file.Stat(); err != nil || info.Size() > most {
		t.Errorf("the file has %d bytes, more than %d (%v)", info.Size(), most, err)
	}
	if s.len() != int64(len(chunk)) {
		t.Errorf("%d bytes are left", s.len())
	}
	if got := of.all.Load(); got != most {
		t.Errorf("%d bytes were counted", got)
	}
	if s.close(); of.all.Load() != 0 {
		t.Errorf("%d bytes are still counted", of.all.Load())
	}
}
