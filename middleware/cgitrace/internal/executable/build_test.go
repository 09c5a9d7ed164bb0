//go:build dev

package executable_test

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// part is a section of a file that a test puts together.
type part struct {
	name string
	data []byte
}

// file is a file under construction.
type file struct{ bytes.Buffer }

func (f *file) put(values ...any) {
	for _, v := range values {
		_ = binary.Write(f, binary.LittleEndian, v)
	}
}

// buildELF writes an executable with these sections. Those with SHF_COMPRESSED are so as they
// come.
func buildELF(kind elf.Type, flags elf.SectionFlag, parts ...part) []byte {
	names := []byte{0}
	contents := new(file)
	headers := []elf.Section64{{}}
	const start = 64
	for _, p := range append(slices.Clone(parts), part{name: ".shstrtab"}) {
		h := elf.Section64{Name: uint32(len(names)), Type: uint32(elf.SHT_PROGBITS), Flags: uint64(flags), Off: start + uint64(contents.Len()), Size: uint64(len(p.data))}
		names = append(append(names, p.name...), 0)
		if p.name == ".shstrtab" {
			h.Type, h.Flags, h.Size, p.data = uint32(elf.SHT_STRTAB), 0, uint64(len(names)), names
		}
		contents.Write(p.data)
		headers = append(headers, h)
	}
	f := new(file)
	f.put(elf.Header64{
		Ident:   [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:    uint16(kind),
		Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: start + uint64(contents.Len()), Ehsize: start, Shentsize: 64,
		Shnum: uint16(len(headers)), Shstrndx: uint16(len(headers) - 1),
	}, contents.Bytes(), headers)
	return f.Bytes()
}

// buildPE writes a Windows executable with these sections, each filled up to 512 bytes.
func buildPE(characteristics uint16, parts ...part) []byte {
	const symbols = 512
	strings := []byte{0, 0, 0, 0}
	contents := new(file)
	var headers []pe.SectionHeader32
	start := uint32(2048)
	for _, p := range parts {
		h := pe.SectionHeader32{VirtualSize: uint32(len(p.data)), SizeOfRawData: 512, PointerToRawData: start + uint32(contents.Len())}
		copy(h.Name[:], p.name)
		if len(p.name) > 8 {
			h.Name = [8]byte{'/', byte('0' + len(strings)/10), byte('0' + len(strings)%10)}
			strings = append(append(strings, p.name...), 0)
		}
		contents.Write(append(slices.Clone(p.data), make([]byte, 512-len(p.data))...))
		headers = append(headers, h)
	}
	binary.LittleEndian.PutUint32(strings, uint32(len(strings)))
	f := new(file)
	f.Write(append([]byte("MZ"), make([]byte, 94)...))
	binary.LittleEndian.PutUint32(f.Bytes()[0x3c:], 96)
	f.put([]byte("PE\x00\x00"), pe.FileHeader{
		Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: uint16(len(parts)), PointerToSymbolTable: start - symbols, SizeOfOptionalHeader: 240,
	}, pe.OptionalHeader64{Magic: 0x20b, DllCharacteristics: characteristics, NumberOfRvaAndSizes: 16}, headers)
	f.Write(make([]byte, int(start)-symbols-f.Len()))
	f.Write(append(strings, make([]byte, symbols-len(strings))...))
	f.Write(contents.Bytes())
	return f.Bytes()
}

// buildMachO writes a macOS executable with these sections of the segment __DWARF.
func buildMachO(flags uint32, parts ...part) []byte {
	const segment, sect, header = 72, 80, 32
	name := func(s string) (b [16]byte) { copy(b[:], s); return b }
	start := uint32(header + segment + sect*len(parts))
	contents := new(file)
	var sections []macho.Section64
	for _, p := range parts {
		sections = append(sections, macho.Section64{Name: name(p.name), Seg: name("__DWARF"), Offset: start + uint32(contents.Len()), Size: uint64(len(p.data))})
		contents.Write(p.data)
	}
	f := new(file)
	f.put(macho.FileHeader{Magic: macho.Magic64, Cpu: macho.CpuArm64, Type: macho.TypeExec, Ncmd: 1, Cmdsz: start - header, Flags: flags}, uint32(0),
		macho.Segment64{
			Cmd: macho.LoadCmdSegment64, Len: start - header, Name: name("__DWARF"), Offset: uint64(start), Filesz: uint64(contents.Len()), Nsect: uint32(len(parts)),
		}, sections, contents.Bytes())
	return f.Bytes()
}

// zdebug compresses as sections with names in "z" are, claiming to have size bytes.
func zdebug(data []byte, size uint64) []byte {
	b := binary.BigEndian.AppendUint64([]byte("ZLIB"), size)
	return append(b, deflated(data)...)
}

// compressed compresses as ELF's SHF_COMPRESSED has it, claiming to have size bytes.
func compressed(data []byte, size uint64) []byte {
	f := new(file)
	f.put(elf.Chdr64{Type: uint32(elf.COMPRESS_ZLIB), Size: size, Addralign: 1}, deflated(data))
	return f.Bytes()
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

// save writes content to a file of its own and returns its path.
func save(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, content, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
