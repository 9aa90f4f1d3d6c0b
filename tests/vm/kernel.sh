# Makes a guest kernel with simulated GPIO chips from Debian's packages. To be sourced by bash, after
# tests/support/house.sh.
# shellcheck shell=bash
#
# No Debian kernel has gpio-sim; it is built here as a module, beside the interrupt simulator that it
# needs, from Debian's kernel source of the same version. The source is GPL: it is unpacked under
# build/, and nothing of it is kept in the repository.

packages_vm=(qemu-system-x86 seabios ipxe-qemu busybox-static kmod cpio make
    linux-headers-amd64 linux-source bc libelf-dev gpiod)

# kernel_release: of the newest headers that are installed, e.g. 6.1.0-56-amd64.
kernel_release() {
    dpkg-query -W -f '${Depends}' linux-headers-amd64 | grep -oE 'linux-headers-[^ ,]+' | head -n1 |
        sed 's/^linux-headers-//'
}

# gpio-sim lets a line fall back to its pull when it is released, as some chips do. Most drivers keep
# it; the parameter `keep` makes it one of those. `mute` makes it a chip without interrupts. That is
# also the only one that can be pulled out: Linux 6.1 corrupts its memory when a simulated chip goes
# while somebody waits for its edges. And Debian's kernel does not export what the interrupt simulator
# calls; it exports something that does the same.
adapt_sources() {
    sed -i 's/handle_simple_irq(irq_to_desc(\([a-z]*\)));/generic_handle_irq_safe(\1);/' irq_sim.c
    printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' >>irq_sim.c
    sed -i '/^static void gpio_sim_free(/,/^}/s/\tmutex_lock(&chip->lock);/\tif (keep)\n\t\treturn;\n&/' gpio-sim.c
    sed -i 's/^static void gpio_sim_free(/static bool keep;\nmodule_param(keep, bool, 0644);\n\n&/' gpio-sim.c
    sed -i '/^static int gpio_sim_to_irq(/,/^}/s/^\treturn .*/\tif (mute)\n\t\treturn -ENXIO;\n&/' gpio-sim.c
    sed -i 's/^static int gpio_sim_to_irq(/static bool mute;\nmodule_param(mute, bool, 0644);\n\n&/' gpio-sim.c
    grep -q 'if (mute)' gpio-sim.c && grep -q generic_handle_irq_safe irq_sim.c && grep -q 'if (keep)' gpio-sim.c
}

build_modules() { # RELEASE: in the current folder
    local source
    source=$(dpkg-query -L "linux-source-${1%.0-*}" | grep '\.tar\.xz$') || return 1
    local tree=${source##*/}
    tree=${tree%.tar.xz}
    tar -xJf "$source" --strip-components=3 "$tree/drivers/gpio/gpio-sim.c" \
        "$tree/drivers/gpio/gpiolib.h" "$tree/kernel/irq/irq_sim.c" || return 1
    adapt_sources || return 1
    echo 'obj-m := irq_sim.o gpio-sim.o' >Kbuild
    make -C "/usr/src/linux-headers-$1" M="$PWD" modules
}

unpack_image() { # RELEASE: in the current folder
    apt-get download "linux-image-$1" && dpkg -x linux-image-"$1"_*.deb image && rm -f linux-image-*.deb
}

# make_kernel FOLDER: vmlinuz and modules/*.ko, in the order in which they are to be loaded.
make_kernel() {
    local folder=$1 release made
    release=$(kernel_release)
    made="$release $(dpkg-query -W -f '${Version}' "linux-headers-$release") $(sha256sum <"${BASH_SOURCE[0]}")"
    [[ ! -f $folder/made || $(<"$folder/made") != "$made" ]] || return 0
    say "Making the guest's kernel modules; about a minute, once."
    rm -rf "$folder"
    mkdir -p "$folder/build" "$folder/modules"
    (cd "$folder/build" && unpack_image "$release" && build_modules "$release") || return 1
    local built=$folder/build/image/lib/modules/$release/kernel
    cp "$folder/build/image/boot/vmlinuz-$release" "$folder/vmlinuz" || return 1
    cp "$built/fs/configfs/configfs.ko" "$folder/modules/1-configfs.ko" || return 1
    cp "$folder/build/irq_sim.ko" "$folder/modules/2-irq_sim.ko" || return 1
    cp "$folder/build/gpio-sim.ko" "$folder/modules/3-gpio-sim.ko" || return 1
    cp "$built/drivers/input/evdev.ko" "$folder/modules/4-evdev.ko" || return 1
    cp "$built/drivers/input/misc/uinput.ko" "$folder/modules/5-uinput.ko" || return 1
    strip --strip-debug "$folder"/modules/*.ko
    rm -rf "$folder/build"
    echo "$made" >"$folder/made"
}
