//go:build dev

package executable_test

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
)

var (
	info  = []byte(strings.Repeat("the quick brown fox ", 10))
	lists = []byte("location lists")
)

// The sections have the same names and contents in all formats, compressed or not.
func TestSection(t *testing.T) {
	for _, c := range []struct {
		name    string
		content []byte
		slides  bool
	}{
		{"ELF", buildELF(elf.ET_EXEC, 0, part{".text", nil}, part{".debug_info", info}, part{".debug_loclists", lists}), false},
		{"ELF that slides", buildELF(elf.ET_DYN, 0, part{".debug_info", info}, part{".debug_loclists", lists}), true},
		{
			"ELF compressed",
			buildELF(elf.ET_EXEC, elf.SHF_COMPRESSED, part{".debug_info", compressed(info, uint64(len(info)))}, part{".debug_loclists", compressed(lists, uint64(len(lists)))}),
			false,
		},
		{"ELF with z", buildELF(elf.ET_EXEC, 0, part{".zdebug_info", zdebug(info, uint64(len(info)))}, part{".debug_loclists", lists}), false},
		{"PE", buildPE(0, part{".text", nil}, part{".debug_info", info}, part{".debug_loclists", lists}), false},
		{"PE that slides", buildPE(pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE, part{".debug_info", info}, part{".debug_loclists", lists}), true},
		{"PE compressed", buildPE(0, part{".zdebug_info", zdebug(info, uint64(len(info)))}, part{".zdebug_loclists", zdebug(lists, uint64(len(lists)))}), false},
		{"Mach-O", buildMachO(0, part{"__debug_info", info}, part{"__debug_loclists", lists}), false},
		{"Mach-O that slides", buildMachO(macho.FlagPIE, part{"__debug_info", info}, part{"__debug_loclists", lists}), true},
		{"Mach-O compressed", buildMachO(0, part{"__zdebug_info", zdebug(info, uint64(len(info)))}, part{"__zdebug_loclist", zdebug(lists, uint64(len(lists)))}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := executable.Open(save(t, c.content))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if got := f.Section("debug_info"); !bytes.Equal(got, info) {
				t.Errorf("debug_info: %q, %v", got, f.Err())
			}
			if got := f.Section("debug_loclists"); !bytes.Equal(got, lists) {
				t.Errorf("debug_loclists: %q, %v", got, f.Err())
			}
			if got := f.Section("debug_addr"); got != nil || f.Err() != nil {
				t.Errorf("a section that is not there: %q, %v", got, f.Err())
			}
			if f.Slides() != c.slides {
				t.Errorf("slides: %t", f.Slides())
			}
		})
	}
}

// What is no executable, or no whole one, is an error of which the text says so.
func TestOpenErrors(t *testing.T) {
	whole := buildELF(elf.ET_EXEC, 0, part{".debug_info", info})
	beyond := bytes.Clone(whole)
	at := binary.LittleEndian.Uint64(whole[40:]) + 64                   // the header of .debug_info
	binary.LittleEndian.PutUint64(beyond[at+24:], uint64(len(whole)-1)) // its offset
	around := bytes.Clone(whole)
	binary.LittleEndian.PutUint64(around[at+24:], 1<<63-1)
	huge := buildMachO(0, part{"__debug_info", info})
	binary.LittleEndian.PutUint64(huge[32+72+40:], 1<<64-50) // its size
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"nothing", nil, "not an executable"},
		{"short", []byte("MZ"), "not an executable"},
		{"a script", []byte("#!/bin/sh\n"), "not an executable"},
		{"a universal binary", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), "universal"},
		{"only a header", whole[:64], "not written to its end"},
		{"cut", whole[:len(whole)-70], "not written to its end"},
		{"a section beyond the end", beyond, "section debug_info would be those from"},
		{"a section around the end", around, "not written to its end"},
		{"PE, cut", buildPE(0, part{".debug_info", info})[:2100], "section debug_info would be those from"},
		{"Mach-O, a section of nearly 2⁶⁴ bytes", huge, "not written to its end"},
		{"Mach-O, cut", buildMachO(0, part{"__debug_info", info})[:200], "not written to its end"},
	} {
		f, err := executable.Open(save(t, c.content))
		if err == nil {
			f.Close()
			t.Errorf("%s: no error", c.name)
		} else if !strings.HasPrefix(err.Error(), "executable: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := executable.Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := executable.Open(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) && !strings.Contains(err.Error(), "executable: ") {
		t.Error(err)
	}
}

// A section that is damaged, or claims more than it can have, costs neither memory nor the program.
func TestSectionErrors(t *testing.T) {
	damaged := zdebug(info, uint64(len(info)))
	damaged[len(damaged)-20] ^= 0xff
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"damaged", buildPE(0, part{".zdebug_info", damaged}), ""},
		{"cut", buildPE(0, part{".zdebug_info", zdebug(info, uint64(len(info)))[:30]}), "unexpected EOF"},
		{"not compressed", buildPE(0, part{".zdebug_info", info}), "not compressed as its name says"},
		{"too short", buildPE(0, part{".zdebug_info", []byte("ZLIB")}), "not compressed as its name says"},
		{"less than claimed", buildPE(0, part{".zdebug_info", zdebug(info, 5000)}), "unexpected EOF"},
		{"what cannot be", buildPE(0, part{".zdebug_info", zdebug(info, 500<<20)}), "cannot hold"},
		{"a bomb", buildPE(0, part{".zdebug_info", zdebug(info, 1<<40)}), "more than 536870912 are not read"},
		{"ELF, less than claimed", buildELF(elf.ET_EXEC, elf.SHF_COMPRESSED, part{".debug_info", compressed(info, 400<<20)}), "EOF"},
		{"ELF, a bomb", buildELF(elf.ET_EXEC, elf.SHF_COMPRESSED, part{".debug_info", compressed(info, 1<<62)}), "more than 536870912 are not read"},
	} {
		f, err := executable.Open(save(t, c.content))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := f.Section("debug_info"); got != nil || f.Err() == nil ||
			!strings.HasPrefix(f.Err().Error(), "executable: section debug_info: ") || !strings.Contains(f.Err().Error(), c.want) {
			t.Errorf("%s: %q, %v", c.name, got, f.Err())
		}
		f.Close()
	}
}

// A file that was replaced on disk is still the running program's, on Linux.
func TestOwn(t *testing.T) {
	f, err := executable.Own()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Section("debug_no_such_thing") != nil || f.Err() != nil {
		t.Error(f.Err())
	}
}

// Programs of the Go toolchain have their sections in all formats. Without SOAK=1 only this
// system's is built.
func TestToolchainSoak(t *testing.T) {
	for _, platform := range []string{runtime.GOOS + "/" + runtime.GOARCH, "linux/arm64", "windows/amd64", "darwin/arm64"} {
		t.Run(platform, func(t *testing.T) {
			path := build(t, platform)
			f, err := executable.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, name := range []string{"debug_info", "debug_abbrev", "debug_frame"} {
				if len(f.Section(name)) == 0 {
					t.Errorf("no %s: %v", name, f.Err())
				}
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 40 {
				open(save(t, content[:len(content)*i/40]))
			}
		})
		if os.Getenv("SOAK") == "" {
			break
		}
	}
}

// build builds the smallest program for a platform.
func build(t *testing.T, platform string) (path string) {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("NOT TESTED: no go command here: ", err)
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	goos, goarch, _ := strings.Cut(platform, "/")
	path = filepath.Join(dir, "program")
	c := exec.Command(goTool, "build", "-o", path, source)
	c.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// open reads all that there may be in a file that need not be an executable.
func open(path string) {
	f, err := executable.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	for _, name := range []string{"debug_info", "debug_abbrev", "debug_frame", "debug_loclists"} {
		f.Section(name)
	}
}

func FuzzOpen(f *testing.F) {
	for _, seed := range [][]byte{
		buildELF(elf.ET_EXEC, 0, part{".debug_info", info}, part{".debug_frame", lists}),
		buildELF(elf.ET_DYN, elf.SHF_COMPRESSED, part{".debug_info", compressed(info, uint64(len(info)))}),
		buildELF(elf.ET_EXEC, 0, part{".zdebug_info", zdebug(info, uint64(len(info)))}),
		buildPE(0, part{".zdebug_info", zdebug(info, uint64(len(info)))}, part{".debug_frame", lists}),
		buildMachO(0, part{"__zdebug_info", zdebug(info, uint64(len(info)))}, part{"__debug_frame", lists}),
	} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "program")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		open(path)
	})
}

func BenchmarkOwn(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		f, err := executable.Own()
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
