//go:build dev

package debuginfo_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// uncompressed is a program in which damage is not found out by a checksum.
func uncompressed(t testing.TB) string {
	return build(t, "program", append([]string{"-ldflags=-compressdwarf=false"}, forDevelopment...)...)
}

// sectionsOf reads a binary's sections.
func sectionsOf(t testing.TB, path string) *debuginfo.Sections {
	t.Helper()
	f, err := executable.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := debuginfo.ReadSections(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parts are the sections that can be damaged.
func parts(s *debuginfo.Sections) []*[]byte {
	return []*[]byte{&s.Entries.Info, &s.Entries.Abbrev, &s.Entries.Addr, &s.Lists.Loclists, &s.Lists.Rnglists, &s.Lists.Addr, &s.Frames}
}

// A file that was cut short is refused, or what is left of it is read.
func TestTruncated(t *testing.T) {
	content, err := os.ReadFile(uncompressed(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut")
	for n := range 64 {
		if err := os.WriteFile(path, content[:len(content)*n/64], 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := executable.Open(path)
		if err != nil {
			continue
		}
		if i, err := debuginfo.New(f); err == nil {
			useAll(t, i, 200)
		}
		f.Close()
	}
}

// So are sections that end early.
func TestTruncatedSections(t *testing.T) {
	whole := sectionsOf(t, uncompressed(t))
	for n := range parts(whole) {
		for cut := range 12 {
			s := *whole
			part := parts(&s)[n]
			*part = (*part)[:len(*part)*cut/12]
			if i, err := s.Info(); err == nil {
				useAll(t, i, 100)
			}
		}
	}
}

// Bits that fell over lead to errors or wrong answers, but they lead somewhere, soon.
func TestFlippedBits(t *testing.T) {
	whole := sectionsOf(t, uncompressed(t))
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	for round := range rounds {
		s := *whole
		for n, part := range parts(&s) {
			*part = slices.Clone(*part)
			if len(*part) == 0 || round%2 == 1 && n != round/2%len(parts(&s)) {
				continue
			}
			for range 1 << random.IntN(12) {
				(*part)[random.IntN(len(*part))] ^= 1 << random.IntN(8)
			}
		}
		begun := time.Now()
		if i, err := s.Info(); err == nil {
			useAll(t, i, 1000)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("round %d took %v", round, took)
		}
	}
}

// FuzzDamage puts other bytes into the sections of a program: each five bytes of the input are
// a section, an offset into it, and what to put there.
func FuzzDamage(f *testing.F) {
	whole := sectionsOf(f, uncompressed(f))
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 0, 0xff, 1, 0, 0, 9, 0x80})
	f.Add([]byte{0, 0, 40, 0, 0x7f, 3, 0, 0, 16, 0})
	f.Fuzz(func(t *testing.T, damage []byte) {
		s := *whole
		for n, part := range parts(&s) {
			*part = slices.Clone(*part)
			for patch := range slices.Chunk(damage[:min(len(damage), 500)], 5) {
				if len(patch) < 5 || int(patch[0])%len(parts(&s)) != n || len(*part) == 0 {
					continue
				}
				at := binary.BigEndian.Uint32([]byte{0, patch[1], patch[2], patch[3]})
				(*part)[int(at)%len(*part)] = patch[4]
			}
		}
		if i, err := s.Info(); err == nil {
			useAll(t, i, 200)
		}
	})
}

// useAll asks for all there is to ask, of some functions, and checks what is promised even of a
// damaged file.
func useAll(t testing.TB, i *debuginfo.Info, functions int) {
	t.Helper()
	m := location.Machine{CFA: 1 << 20, Registers: map[int]uint64{0: 1}, Memory: func(addr uint64) (uint64, bool) { return addr + 8, addr%2 == 0 }}
	types := make(map[*debuginfo.Type]bool)
	instructions := i.Instructions()
	for n := 0; n < len(instructions); n += 1 + len(instructions)/functions {
		pc := instructions[n]
		f, err := i.Function(pc)
		if err != nil {
			continue
		}
		scopes := f.Scopes(pc)
		if len(scopes) == 0 {
			t.Errorf("%+v has no scope", f)
		}
		for _, s := range scopes {
			s.Visible(10)
			for _, v := range append(s.Variables, s.Dictionary) {
				_, _, _ = v.Locate(m, pc)
				useType(t, v.Type, types)
			}
		}
	}
	for _, name := range [][2]string{{"main", "counter"}, {"runtime", "allm"}} {
		if v, ok := i.Global(name[0], name[1]); ok {
			_, _, _ = v.Locate(m, 0)
			useType(t, v.Type, types)
		}
	}
	i.RuntimeType(1 << 40)
}

// useType goes through a type and those it refers to.
func useType(t testing.TB, of *debuginfo.Type, seen map[*debuginfo.Type]bool) {
	t.Helper()
	if of == nil || seen[of] || len(seen) > 5000 {
		return
	}
	seen[of] = true
	of.Direct()
	of.Package()
	of.Concrete(8, func(uint64) (uint64, bool) { return 1, true })
	for _, f := range of.Fields {
		if f.Offset < 0 || f.Offset+f.Type().Size > of.Size {
			t.Errorf("field %s of %s does not lie within it", f.Name, of.Name)
		}
		useType(t, f.Type(), seen)
	}
	if of.Count < 0 || of.Count > 0 && of.Elem().Size > 0 && of.Count > of.Size/of.Elem().Size {
		t.Errorf("%s has %d elements", of.Name, of.Count)
	}
	for _, other := range []*debuginfo.Type{of.Elem(), of.Key(), of.Underlying()} {
		useType(t, other, seen)
	}
}
