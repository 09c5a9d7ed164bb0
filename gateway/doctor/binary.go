package doctor

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func isELF(head []byte) bool { return bytes.HasPrefix(head, []byte(elf.ELFMAG)) }

// machines are those whose programs a kernel for GOARCH runs, the first without conditions.
var machines = map[string][]elf.Machine{
	"amd64":   {elf.EM_X86_64, elf.EM_386},
	"386":     {elf.EM_386},
	"arm64":   {elf.EM_AARCH64, elf.EM_ARM},
	"arm":     {elf.EM_ARM},
	"ppc64le": {elf.EM_PPC64},
	"ppc64":   {elf.EM_PPC64},
	"riscv64": {elf.EM_RISCV},
	"s390x":   {elf.EM_S390},
	"loong64": {elf.EM_LOONGARCH},
}

// checkELF examines a binary program: whether it is for this machine, and whether what loads it
// and its libraries are there (ld.so(8)).
func (e *examination) checkELF(path string) {
	f, err := elf.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			e.unchecked("the libraries of %s: %v", path, err)
			return
		}
		e.damaged(path, "The program is damaged: it is no whole ELF file.", err.Error())
		return
	}
	defer f.Close()
	if runtime.GOOS != "linux" {
		return // the libraries of others are elsewhere
	}
	if known := machines[runtime.GOARCH]; known != nil && !slices.Contains(known, f.Machine) && !emulated(f) {
		e.find(Finding{
			Level: Fault, Cause: OtherArchitecture, File: path,
			Text:     path + " is a program for another kind of machine.",
			Evidence: "it is for " + f.Machine.String() + ", and this machine runs " + known[0].String(),
			Fix:      "Build or download it for " + runtime.GOARCH + ".",
		})
		return
	}
	loader := loaderOf(f)
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN || f.Type == elf.ET_DYN && loader == "" && f.Entry == 0 {
		e.damaged(path, "The file is no program, but an object file or a shared library.", f.Type.String())
		return
	}
	if loader == "" {
		return
	}
	if _, err := os.Stat(loader); errors.Is(err, fs.ErrNotExist) {
		e.find(Finding{
			Level: Fault, Cause: DynamicLoaderMissing, File: path,
			Text:     "The program needs the dynamic loader " + loader + ", which does not exist. The server's log then says of the program itself: no such file.",
			Evidence: err.Error(),
			Fix:      loaderFix(loader),
		})
		return
	}
	if missing := missingLibraries(f, path, loader); len(missing) > 0 {
		e.find(Finding{
			Level: Fault, Cause: SharedLibraryMissing, File: path,
			Text:     "The program needs the shared library " + missing[0] + ", which is in none of the folders where the loader looks.",
			Evidence: "not found: " + strings.Join(missing, ", "),
			Fix:      "Install the package that has it (apt-file search, dnf provides), or name its folder in /etc/ld.so.conf.d and run ldconfig. LD_LIBRARY_PATH of your shell is not the server's.",
			Command:  "ldd " + quote(path),
		})
	}
}

func (e *examination) damaged(path, text, evidence string) {
	e.find(Finding{Level: Fault, Cause: ProgramDamaged, File: path, Text: text, Evidence: evidence, Fix: "Build it, or copy it, again."})
}

func loaderFix(loader string) string {
	if strings.Contains(loader, "musl") {
		return "It was built for a system with musl, such as Alpine: build it here, or statically, or install musl."
	}
	if strings.Contains(loader, "/nix/") {
		return "It was built with Nix: run it on NixOS, or build it here."
	}
	return "Build it here, or statically, or install the C library that it is for (32-bit programs: apt-get install libc6:i386; on Alpine: gcompat)."
}

// emulated reports whether the kernel was told to hand programs of that machine to an emulator
// (binfmt_misc): an entry's magic has the machine in its 19th and 20th bytes, as ELF files have.
func emulated(f *elf.File) bool {
	entries, _ := filepath.Glob("/proc/sys/fs/binfmt_misc/*")
	for _, entry := range entries {
		text, err := os.ReadFile(entry)
		if err != nil || !strings.HasPrefix(string(text), "enabled") {
			continue
		}
		_, after, _ := strings.Cut(string(text), "\nmagic ")
		line, _, _ := strings.Cut(after, "\n")
		magic, err := hex.DecodeString(strings.TrimSpace(line))
		if err == nil && len(magic) >= 20 && isELF(magic) && elf.Machine(f.ByteOrder.Uint16(magic[18:])) == f.Machine {
			return true
		}
	}
	return false
}

func loaderOf(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz < 4<<10 {
			b := make([]byte, p.Filesz)
			if _, err := p.ReadAt(b, 0); err == nil {
				return string(bytes.TrimRight(b, "\x00"))
			}
		}
	}
	return ""
}

// maxLibraries bounds the search for libraries of libraries.
const maxLibraries = 500

// missingLibraries returns the names of what cannot be found. In doubt something is found: a
// folder that one library names counts for all.
func missingLibraries(program *elf.File, path, loader string) (missing []string) {
	folders := libraryFolders(loader)
	seen := map[string]bool{filepath.Base(loader): true}
	type needed struct{ name, by string }
	var queue []needed
	add := func(f *elf.File, path string) {
		for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
			paths, _ := f.DynString(tag)
			for _, list := range paths {
				origin := filepath.Dir(path)
				list = strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin, "$LIB", "lib", "${LIB}", "lib").Replace(list)
				folders = append(strings.Split(list, ":"), folders...)
			}
		}
		names, _ := f.ImportedLibraries()
		for _, name := range names {
			if !seen[name] && len(seen) < maxLibraries {
				seen[name] = true
				queue = append(queue, needed{name, path})
			}
		}
	}
	add(program, path)
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		at, f := findLibrary(n.name, folders, program.Machine)
		if f == nil {
			missing = append(missing, n.name)
			continue
		}
		add(f, at)
		_ = f.Close()
	}
	return missing
}

func findLibrary(name string, folders []string, machine elf.Machine) (path string, f *elf.File) {
	if strings.Contains(name, "/") {
		folders = []string{""}
	}
	for _, dir := range folders {
		path := filepath.Join(dir, name)
		// A program can name anything as a library. To open a pipe would take for ever, and to open
		// a device can do something.
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		f, err := elf.Open(path)
		if err != nil {
			continue
		}
		if f.Machine == machine {
			return path, f
		}
		_ = f.Close()
	}
	return "", nil
}

// libraryFolders are those where the loader looks by itself.
func libraryFolders(loader string) []string {
	if strings.Contains(filepath.Base(loader), "musl") {
		folders := []string{"/lib", "/usr/local/lib", "/usr/lib"}
		name := strings.TrimSuffix(filepath.Base(loader), ".so.1") // ld-musl-x86_64
		if b, err := os.ReadFile("/etc/" + name + ".path"); err == nil {
			folders = strings.FieldsFunc(string(b), func(r rune) bool { return r == ':' || r == '\n' })
		}
		return append(folders, "/lib/musl/lib", filepath.Dir(loader))
	}
	folders := readLoaderConfig("/etc/ld.so.conf", 0)
	folders = append(folders, "/lib", "/usr/lib", "/lib64", "/usr/lib64", "/lib32", "/usr/lib32")
	for _, pattern := range []string{"/lib/*-linux-gnu*", "/usr/lib/*-linux-gnu*"} {
		more, _ := filepath.Glob(pattern)
		folders = append(folders, more...)
	}
	return append(folders, filepath.Dir(loader))
}

// readLoaderConfig reads what ldconfig reads (ldconfig(8)): a folder in a line, or "include" and a
// pattern.
func readLoaderConfig(file string, depth int) (folders []string) {
	b, err := os.ReadFile(file)
	if err != nil || depth > 5 {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		pattern, include := strings.CutPrefix(line, "include ")
		switch {
		case include:
			if pattern = strings.TrimSpace(pattern); !filepath.IsAbs(pattern) {
				pattern = filepath.Join(filepath.Dir(file), pattern)
			}
			more, _ := filepath.Glob(pattern)
			for _, m := range more {
				folders = append(folders, readLoaderConfig(m, depth+1)...)
			}
		case strings.HasPrefix(line, "/"):
			folders = append(folders, line)
		}
	}
	return folders
}
