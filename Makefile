# ipsync. `make help` lists the targets; a new source file needs no change here.
#
# Objects stay out of the tree, one folder a variant, so that builds never mix:
#   make                                release    build/ipsync
#   make DEBUG=1                        debug      build/debug/ipsync
#   make SANITIZE=address,undefined     sanitized  build/san-address-undefined/ipsync  (or thread)
#   make COVERAGE=1                     gcov       build/coverage/ipsync
#   make fuzz FUZZ_SECS=60              fuzzers    build/fuzz/fuzz_*   (clang)
# WERROR=1 makes warnings errors, V=1 shows the commands.
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# ---- what there is to build -------------------------------------------------------------------
SRC := $(wildcard core/base/*.c db/*.c core/*.c core/serve/*.c tui/screen/*.c tui/dash/*.c tui/*.c)
SIM_SRC := $(wildcard tests/sim/*.c)
UNIT_SRC := $(wildcard tests/unit/*.c)
UNIT_TESTS := $(filter tests/unit/test_%,$(UNIT_SRC))
BENCH_SRC := $(wildcard tests/bench/*.c)
TORTURE_SRC := $(filter-out tests/torture/die.c,$(wildcard tests/torture/*.c)) # of the simulation
FUZZ_SRC := $(wildcard tests/fuzz/*.c)
FUZZERS := $(filter tests/fuzz/fuzz_%,$(FUZZ_SRC))
SCHEMA_SQL := $(sort $(wildcard assets/schema/*.sql))
SAMPLE := $(wildcard ipsync.conf.sample)
GEN := build/gen/version.c $(if $(SCHEMA_SQL),build/gen/schema.c)
C_FILES = $(SRC) $(SIM_SRC) $(UNIT_SRC) $(BENCH_SRC) $(FUZZ_SRC) $(wildcard tests/torture/*.c)
# False alarms of cppcheck 2.10, and what the compilers see better.
CPPCHECK_OFF := --suppress=missingInclude --suppress=returnDanglingLifetime --suppress=ctuuninitvar
LINTED = $(SRC) $(SIM_SRC) $(BENCH_SRC) $(FUZZ_SRC)
H_FILES = $(wildcard core/base/*.h db/*.h core/*.h core/serve/*.h tui/screen/*.h \
	tui/dash/*.h tui/*.h tests/*/*.h)

# ---- what it needs ----------------------------------------------------------------------------
DEPS := gcc libc6-dev make pkgconf libncurses-dev libcurl4-openssl-dev libsqlite3-dev libcjson-dev \
	libmicrohttpd-dev zlib1g-dev ca-certificates tzdata python3 python3-pytest \
	python3-pytest-xdist python3-pytest-rerunfailures python3-pyte tmux
DEPS_LINT := clang-format clang-tidy cppcheck universal-ctags
DEPS_BENCH := python3-requests
# Not by the newest version's name: what `clang` is depends on the Debian.
DEPS_FUZZ := clang libclang-rt-dev
PKGS := ncursesw sqlite3 libcjson $(if $(wildcard core/serve/*.c),libmicrohttpd)
PKGS_SIM := libmicrohttpd zlib
# Not linked but loaded when it is first needed (core/curl_late.h): what is needed is its headers.
PKGS_LATE := libcurl
package-ncursesw := libncurses-dev
package-libcurl := libcurl4-openssl-dev
package-sqlite3 := libsqlite3-dev
package-libcjson := libcjson-dev
package-libmicrohttpd := libmicrohttpd-dev
package-zlib := zlib1g-dev

# ---- variant and flags ------------------------------------------------------------------------
comma := ,
VARIANT := $(if $(FUZZ),fuzz,$(if $(SANITIZE),san-$(subst $(comma),-,$(SANITIZE)),$(if $(COVERAGE),coverage,$(if \
	$(DEBUG),debug,release))))
OUT := build$(if $(filter-out release,$(VARIANT)),/$(VARIANT))
O := build/obj/$(VARIANT)
PYTHON ?= /usr/bin/python3
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wimplicit-fallthrough -Wundef -Wcast-qual \
	-Wwrite-strings -Wpointer-arith $(if $(WERROR),-Werror)
ifneq ($(FUZZ),)
  CC := clang
  MODE := -O1 -g3 -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=fuzzer-no-link,address,undefined -w
  MODE_LD := -fsanitize=address,undefined
else ifneq ($(SANITIZE),)
  MODE := -O1 -g3 -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=$(SANITIZE)
  MODE_LD := -fsanitize=$(SANITIZE)
else ifneq ($(COVERAGE),)
  MODE := -O0 -g3 --coverage
  MODE_LD := --coverage
else ifneq ($(DEBUG),)
  MODE := -O0 -g3
else
  cc-option = $(shell $(CC) -Werror $(1) -c -x c /dev/null -o /dev/null 2>/dev/null && echo $(1))
  MODE = -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE $(HARDEN)
  MODE_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif

# Targets that compile nothing, or that start a make of their own once the packages are there.
NO_BUILD := help clean deps deps-lint deps-bench deps-fuzz test torture torture-sim demo bench fuzz \
	format format-check check-layers \
	check-size
ifneq ($(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all)),)
  missing := $(strip $(foreach p,$(sort $(PKGS) $(PKGS_SIM) $(PKGS_LATE)),$(if $(shell \
	$(PKG_CONFIG) --exists $(p) 2>/dev/null && echo y),,$(p))))
  ifneq ($(missing),)
    $(error missing libraries: $(missing); run `make deps`, or: apt-get install $(sort \
	$(if $(shell command -v $(PKG_CONFIG)),,pkgconf) $(foreach p,$(missing),$(package-$(p)))))
  endif
  # ncursesw's .pc brings -D_XOPEN_SOURCE=600, which clashes with _GNU_SOURCE.
  PKG_CFLAGS := $(patsubst -I%,-isystem %,$(filter-out -D%,$(shell \
	$(PKG_CONFIG) --cflags $(PKGS) $(PKGS_SIM) $(PKGS_LATE))))
  LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS)) -ldl -lm -pthread
  LIBS_SIM := $(shell $(PKG_CONFIG) --libs $(PKGS_SIM)) -lm -pthread
  LIBS_bare := $(shell $(PKG_CONFIG) --libs $(PKGS_LATE))
  HARDEN := $(foreach f,-fstack-clash-protection -fcf-protection=full \
	-fstrict-flex-arrays=3,$(call cc-option,$(f)))
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. $(PKG_CFLAGS) $(WARN) $(MODE) -pthread $(CFLAGS)
ALL_LDFLAGS = $(MODE_LD) -Wl,--as-needed $(LDFLAGS)

Q := $(if $(V),,@)
say = @printf '  %-5s %s\n' $(1) $(2)

# ---- programs ---------------------------------------------------------------------------------
obj = $(patsubst build/gen/%.c,$(O)/gen/%.o,$(patsubst %.c,$(O)/%.o,$(filter-out build/gen/%,$(1))) \
	$(filter build/gen/%,$(1)))
OBJ := $(call obj,$(SRC) $(GEN))
ALL_OBJ := $(OBJ) $(call obj,$(SIM_SRC) $(UNIT_SRC) $(BENCH_SRC) $(FUZZ_SRC) $(TORTURE_SRC))
UNIT_BIN := $(UNIT_TESTS:tests/unit/%.c=$(OUT)/unit/%)
UNIT_HELP := $(call obj,$(filter-out $(UNIT_TESTS),$(UNIT_SRC)))
FUZZ_HELP := $(call obj,$(filter-out $(FUZZERS) tests/fuzz/replay.c,$(FUZZ_SRC)))
REPLAY_BIN := $(FUZZERS:tests/fuzz/%.c=$(OUT)/replay/%)
FUZZ_BIN := $(FUZZERS:tests/fuzz/%.c=$(OUT)/%)
SIMULATE := $(OUT)/torture/simulate
WRAPPED := db_commit breaker_init breaker_sent breaker_answered breaker_restore
BENCH_BIN := $(OUT)/bench/bare $(OUT)/bench/measure $(OUT)/bench/queries
MAIN := $(wildcard tui/main.c)
PROGRAMS := $(if $(MAIN),$(OUT)/ipsync) $(if $(SIM_SRC),$(OUT)/crm-sim)
# What kills ipsync at a chosen write; sanitizers want to be loaded before it.
TORTURE := $(if $(SANITIZE),,$(OUT)/torture/die.so)

all: $(if $(MAIN),$(OUT)/ipsync) $(if $(SANITIZE),,compile_commands.json) ## build ipsync (default)

link = $(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(1)

$(OUT)/ipsync: $(OBJ) $(O)/sources.stamp
	$(call say,LD,$@)
	$(call link,$(LIBS))

$(OUT)/crm-sim: $(call obj,$(SIM_SRC)) $(O)/sources.stamp
	$(call say,LD,$@)
	$(call link,$(LIBS_SIM))

$(OUT)/unit/%: $(O)/tests/unit/%.o $(UNIT_HELP) $(O)/product.a
	$(call say,LD,$@)
	$(call link,$(LIBS) $(LIBS_SIM))

# A fuzzer over its seeds, in any variant; and with libFuzzer, in FUZZ=1 alone.
$(OUT)/replay/%: $(O)/tests/fuzz/%.o $(call obj,tests/fuzz/replay.c) $(FUZZ_HELP) $(O)/product.a
	$(call say,LD,$@)
	$(call link,$(LIBS))

build/fuzz/fuzz_%: $(O)/tests/fuzz/fuzz_%.o $(FUZZ_HELP) $(O)/product.a
	$(call say,LD,$@)
	$(call link,-fsanitize=fuzzer $(LIBS))

$(OUT)/torture/die.so: tests/torture/die.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC -shared -o $@ $< -ldl

$(OUT)/bench/bare: $(O)/tests/bench/bare_store.o
$(OUT)/bench/queries: $(O)/product.a
$(OUT)/bench/%: $(O)/tests/bench/%.o $(O)/sources.stamp
	$(call say,LD,$@)
	$(call link,$(LIBS) $(LIBS_$*))

# Its own network comes first, so that core/http.o stays in the library; what it watches is wrapped.
$(SIMULATE): $(call obj,$(TORTURE_SRC)) $(O)/product.a
	$(call say,LD,$@)
	$(call link,$(addprefix -Wl$(comma)--wrap=,$(WRAPPED)) $(LIBS))

$(O)/product.a: $(filter-out $(O)/tui/main.o,$(OBJ)) $(O)/sources.stamp
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

$(O)/%.o: %.c $(O)/flags.stamp
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/gen/%.o: build/gen/%.c $(O)/flags.stamp
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# A stamp is rewritten when what it records has changed, and what depends on it is then made again.
record-flags = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS) $(LIBS_SIM) $(LIBS_bare)
record-sources = $(SRC) $(GEN) $(SIM_SRC) $(UNIT_SRC) $(FUZZ_SRC) $(TORTURE_SRC)
record-steps = $(SCHEMA_SQL)
%.stamp: FORCE
	@mkdir -p $(@D); echo '$(record-$(*F))' | cmp -s - $@ || echo '$(record-$(*F))' > $@

-include $(ALL_OBJ:.o=.d)

# ---- generated sources ------------------------------------------------------------------------
embed = { printf 'static const unsigned char $(1)[] = {\n'; od -An -v -tx1 $(2) \
	| sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'; printf '0x00};\n'; }
keep = mkdir -p $(@D) && cat > $@.$$$$ && { cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@; }
symbol = step_$(subst -,_,$(basename $(notdir $(1))))

build/gen/version.c: FORCE
	@v=0.1.0; if [ -e .git ]; then t=$$(git describe --tags --dirty 2>/dev/null) && v=$${t#v} || \
	{ h=$$(git describe --always --dirty 2>/dev/null) && v=$$v-g$$h; }; fi; \
	printf '#include "core/base/version.h"\nconst char ipsync_version[] = "%s";\n' "$$v" | { $(keep); }

build/gen/schema.c: $(SCHEMA_SQL) build/gen/steps.stamp
	$(call say,GEN,$@)
	@{ printf '#include "db/schema.h"\n'; $(foreach f,$(SCHEMA_SQL),$(call embed,$(call symbol,$(f)),$(f));) \
	printf 'const struct schema_step schema_steps[] = {\n'; $(foreach f,$(SCHEMA_SQL),printf \
	'{"%s", %s},\n' $(basename $(notdir $(f))) $(call symbol,$(f));) printf '};\n'; \
	printf 'const size_t schema_steps_len = sizeof schema_steps / sizeof *schema_steps;\n'; } > $@.tmp \
	&& mv $@.tmp $@

compile_commands.json: $(O)/flags.stamp $(O)/sources.stamp
	@{ for f in $(filter-out build/%,$(C_FILES)); do \
	printf '{"directory": "%s", "file": "%s", "command": "%s"}\n' '$(CURDIR)' "$$f" \
	"$(CC) $(ALL_CFLAGS) -c $$f"; done; } | sed '1s/^/[/; 1!s/^/,/; $$s/$$/]/' > $@.tmp && mv $@.tmp $@

# ---- packages ---------------------------------------------------------------------------------
# $(1) packages: installs those that are missing; without leave to install it only names them.
install-packages = command -v dpkg-query >/dev/null || { \
	echo 'not a Debian system; needed, by the names of Debian packages: $(strip $(1))' >&2; exit 0; }; \
	for p in $(1); do dpkg-query -W -f '$${db:Status-Status}\n' $$p 2>/dev/null \
	| grep -qx installed || m="$$m $$p"; done; [ -n "$$m" ] || exit 0; \
	if [ "$$(id -u)" = 0 ]; then as=; \
	elif sudo -n true 2>/dev/null || { [ -t 0 ] && [ -t 2 ] && sudo -v; }; then as=sudo; \
	else echo "missing packages:$$m" >&2; echo "as root: apt-get install$$m" >&2; exit 1; fi; \
	echo "installing:$$m"; $$as apt-get update -q; $$as env DEBIAN_FRONTEND=noninteractive \
	apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 $$m

deps: ## install what building and testing need (Debian packages; nothing when all is there)
	@$(call install-packages,$(DEPS))
deps-lint: ## the same for format and lint
	@$(call install-packages,$(DEPS_LINT))
deps-bench: ## the same for bench
	@$(call install-packages,$(DEPS_BENCH))
deps-fuzz: ## the same for fuzz
	@$(call install-packages,$(DEPS_FUZZ))

# ---- running it -------------------------------------------------------------------------------
again = +@$(MAKE) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
ENV = IPSYNC_BUILD='$(CURDIR)/$(OUT)' PYTHONDONTWRITEBYTECODE=1
# ThreadSanitizer of gcc 12 does not start where the kernel spreads addresses over 32 bits.
STILL = $(if $(findstring thread,$(SANITIZE)),$$(setarch -R true 2>/dev/null && echo setarch -R))

# What waits for real processes can lose a race on a busy machine; what fails twice has failed.
test: deps ## install what is missing, build, run every test (SANITIZE=… runs the suite with that build)
	$(again) run-tests
run-tests: $(PROGRAMS) $(UNIT_BIN) $(REPLAY_BIN) $(TORTURE) $(SIMULATE)
	@$(ENV) $(STILL) $(PYTHON) -m pytest tests -q -p no:cacheprovider -n 4 --dist loadgroup --reruns 1 $(PYTEST)

# CASES='--sample', a part of their names or '=NAME' runs fewer.
torture: deps ## end it at every request and every write, give it every bad answer: ten minutes (CASES=…)
	$(again) run-torture
run-torture: $(PROGRAMS) $(TORTURE) $(SIMULATE)
	@$(ENV) $(STILL) $(PYTHON) tests/torture/torture.py $(CASES)

demo: deps ## install what is missing, build, and run a sync against the simulated CRM
	$(again) run-demo
run-demo: $(PROGRAMS)
	@$(ENV) tests/demo.sh

torture-sim: deps ## a minute of random syncs over a random network, seeds of what breaks (SIM='--seed N --verbose')
	$(again) run-torture-sim
run-torture-sim: $(SIMULATE)
	@$(SIMULATE) $(or $(SIM),--seconds 60)

bench: deps deps-bench ## measure ipsync beside the bare pipeline and a Python script
	$(again) run-bench
run-bench: $(PROGRAMS) $(BENCH_BIN)
	@$(ENV) $(PYTHON) tests/bench/bench.py

FUZZ_SECS ?= 60
fuzz: deps deps-fuzz ## give what reads foreign bytes nasty ones, FUZZ_SECS=60 each (FUZZ_ONLY="json cron")
	$(again) FUZZ=1 run-fuzz
run-fuzz: $(FUZZ_BIN)
	@$(PYTHON) tests/fuzz/fuzz.py $(OUT) $(FUZZ_SECS) $(if $(FUZZ_ONLY),$(FUZZ_ONLY),$(FUZZERS:tests/fuzz/fuzz_%.c=%))

# ---- checks -----------------------------------------------------------------------------------
check-layers: ## fail when a file includes what its folder may not
	@tests/check_layers.sh
check-headers: ## fail when a header does not compile alone
	@for h in $(H_FILES); do printf '#include "%s"\nextern int any;\n' $$h | $(CC) $(ALL_CFLAGS) -fsyntax-only -x c - \
	|| { echo "$$h does not compile alone" >&2; bad=1; }; done; [ -z "$$bad" ]
check-size: ## report files over 400 (headers 80) and functions over 60 lines
	@wc -l $(C_FILES) $(H_FILES) | awk '$$2 != "total" && $$1 > ($$2 ~ /\.h$$/ ? 80 : 400) \
	{print $$2 ": " $$1 " lines"}'
	@command -v ctags >/dev/null && ctags -x --c-kinds=f --_xformat='%F:%n %e %N' $(C_FILES) | awk \
	'{split($$1, at, ":"); n = $$2 - at[2] + 1; if (n > 60) print $$1 ": " $$3 ", " n " lines"}' || :
format: ## clang-format every C file
	@clang-format -i $(C_FILES) $(H_FILES)
format-check: ## fail when clang-format would change something
	@clang-format --dry-run --Werror $(C_FILES) $(H_FILES)
lint: all ## clang-tidy and cppcheck
	@command -v clang-tidy >/dev/null && command -v cppcheck >/dev/null || \
	{ echo 'clang-tidy or cppcheck is missing: `make deps-lint`' >&2; exit 1; }
	@printf '%s\n' $(LINTED) | xargs -n 1 -P $$(nproc) \
	sh -c 'clang-tidy -p . --quiet "$$1" 2>/dev/null' tidy
	@cppcheck -q -j $$(nproc) --std=c11 --language=c -I. --error-exitcode=1 --inline-suppr \
	--enable=warning,performance,portability $(CPPCHECK_OFF) $(LINTED)

# ---- the rest ---------------------------------------------------------------------------------
# Puts what the program tells of its tables between the marks of the same name.
put-parts = awk '/^<!-- [a-z]+: begin -->$$/ {name = $$2} \
	FNR == NR {part[name] = part[name] $$0 "\n"; next} FNR == 1 {name = ""} name == "" {print} \
	/^<!-- [a-z]+: end -->$$/ {printf "%s", part[name]; name = ""} END {exit name != ""}'
man: all ## bring manual page, sample configuration and README's tables up to date with the program
	@set -e; new=build/gen/manual.tmp; put() { cmp -s $$new "$$1" || cp $$new "$$1"; }; \
	$(OUT)/ipsync help manual > $$new; put assets/ipsync.1; \
	$(OUT)/ipsync help sample > $$new; put ipsync.conf.sample; \
	$(OUT)/ipsync help readme > build/gen/readme.tmp; \
	$(put-parts) build/gen/readme.tmp README.md > $$new; put README.md
install: all ## install to $(DESTDIR)$(PREFIX)
	install -D -m 755 $(OUT)/ipsync $(DESTDIR)$(PREFIX)/bin/ipsync
	install -D -m 644 assets/ipsync.1 $(DESTDIR)$(PREFIX)/share/man/man1/ipsync.1
	$(if $(SAMPLE),install -D -m 644 $(SAMPLE) $(DESTDIR)$(PREFIX)/share/doc/ipsync/ipsync.conf.sample)
clean: ## remove what was built
	rm -rf build compile_commands.json
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

FORCE:
.PHONY: all deps deps-lint deps-bench deps-fuzz test run-tests torture run-torture torture-sim \
	run-torture-sim demo run-demo bench run-bench fuzz run-fuzz check-layers check-headers check-size format format-check lint man \
	install clean help FORCE
