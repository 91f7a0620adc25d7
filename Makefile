# The front door. The build itself is meson's: see meson.build.
# A variable given here (make install PREFIX=/usr DESTDIR=/tmp/x) wins.
PREFIX = /usr/local
BUILD = build/release

.POSIX:
.PHONY: all check demo install uninstall fmt lint bench clean help

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@scripts/install-deps build
	@meson setup --prefix $(PREFIX) -Dtests=disabled $(BUILD)

check:
	@./check

demo:
	@./demo

install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@meson install -C $(BUILD)

uninstall:
	@ninja -C $(BUILD) uninstall

fmt:
	@find . -name build -prune -o -name '*.[ch]' -exec clang-format -i {} +

lint:
	@./check --lint

bench: all
	@SKILLSHARE=$(CURDIR)/$(BUILD)/src/skillshare bench/run

clean:
	@rm -rf build

help:
	@echo 'make            build the program: $(BUILD)/src/skillshare'
	@echo 'make check      every test and lint'
	@echo 'make demo       a short tour in a scratch home'
	@echo 'make install    into PREFIX ($(PREFIX)), below DESTDIR if that is set'
	@echo 'make uninstall  what the last install put there'
	@echo 'make fmt        format the sources'
	@echo 'make lint       the lints alone'
	@echo 'make bench      the benchmarks'
	@echo 'make clean      remove build/'
