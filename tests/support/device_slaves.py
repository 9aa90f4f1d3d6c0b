#!/usr/bin/python3
"""Boards and meters on one serial line, spoken by pymodbus: slaves that share nothing with the drivers.

Which cell means what stands here as the vendors' documents tell it, not as config/devices does.

    device_slaves.py LINK

makes a pseudo terminal, links it as LINK, and says its first line when the slaves listen. Then one JSON
list a line on stdin, one JSON value a line on stdout; NAME is a template's name:

    ["units"]                                  NAME -> unit on the line
    ["set", NAME, {"in3": true, "watts": 84}]  what the terminals and the wires carry, in V, A, W, Hz, kWh
    ["registers", NAME], ["flags", NAME]       [address, value] of its holding registers, of its further coils
    ["outputs", NAME]                          where each relay or transistor stands
    ["written", NAME]                          [address, value] of each single coil since last asked, as sent
"""
import asyncio
import json
import logging
import os
import struct
import sys
import tty

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext
from pymodbus.pdu import ExceptionResponse

try:  # Debian 12 has 3.0
    from pymodbus.bit_write_message import WriteSingleCoilRequest, WriteSingleCoilResponse
    from pymodbus.server import StartAsyncSerialServer
    from pymodbus.transaction import ModbusRtuFramer

    OLD = True
except ImportError:  # Debian 13 has 3.8
    from pymodbus import FramerType
    from pymodbus.pdu.bit_message import WriteSingleCoilRequest, WriteSingleCoilResponse
    from pymodbus.server import ModbusSerialServer

    OLD = False

COILS, DISCRETE, HOLDING, INPUT, WRITE_COIL, WRITE_REGISTER = 1, 2, 3, 4, 5, 6


def float_high_word_first(value):
    return struct.unpack(">HH", struct.pack(">f", value))


def low_word_first(value):
    return value & 0xFFFF, value >> 16


class Board(ModbusSlaveContext):
    """Relays and inputs. It refuses what it does not have, as boards do."""

    # `registers`: holding registers, and `flags`: further coils, with what they are when delivered; one in
    # `cleared_by_one` goes off when 1 is written.
    def __init__(self, coils, inputs=None, flash=None, relays=None, registers=None, flags=None, cleared_by_one=()):
        super().__init__()
        self.coil_at = {coils[0] + n: n for n in range(coils[1])}
        self.input_at = inputs or {}
        self.flash = flash  # FC05 here + n: closes the relay n for value x 100 ms
        self.relay_at = {relays + n: n for n in range(coils[1])} if relays is not None else {}
        self.registers = dict(registers or {})
        self.flags = dict(flags or {})
        self.cleared_by_one = cleared_by_one
        self.outputs = [False] * coils[1]
        self.inputs = {name: False for name in self.input_at.values()}
        self.stuck = {}
        self.written = []

    def set(self, name, value):
        if name.startswith("coil"):
            self.flags[int(name[4:])] = value
        elif name.startswith("stuck"):
            self.stuck[int(name[5:]) - 1] = value
        else:
            self.inputs[name]  # an unknown one is an error of the test
            self.inputs[name] = value

    def relay(self, n):
        return self.stuck.get(n, self.outputs[n])

    def cells(self, function):
        if function in (COILS, WRITE_COIL):
            return {**self.coil_at, **self.flags}
        if function in (HOLDING, WRITE_REGISTER):
            return self.registers
        return {**self.input_at, **self.relay_at} if function == DISCRETE else {}

    def validate(self, function, address, count=1):
        cells = self.cells(function)
        if function == WRITE_COIL and self.flash is not None and address - self.flash in range(len(self.outputs)):
            return True
        return all(address + n in cells for n in range(count))

    def bit(self, function, address):
        if address in self.flags and function in (COILS, WRITE_COIL):
            return self.flags[address]
        if function == COILS or function == WRITE_COIL:
            return self.outputs[self.coil_at[address]]
        if address in self.relay_at:
            return self.relay(self.relay_at[address])
        # pymodbus 3.8 does not ask validate() about inputs: then a gap reads as off.
        return address in self.input_at and self.inputs[self.input_at[address]]

    def getValues(self, function, address, count=1):
        read = self.registers.get if function in (HOLDING, WRITE_REGISTER) else lambda a: self.bit(function, a)
        return [read(a) for a in range(address, address + count)]

    def setValues(self, function, address, values):
        self.registers.update(enumerate(values, address))

    def write_coil(self, address, value):
        self.written.append([address, value])
        if address in self.flags:
            self.flags[address] = value == 0xFF00 and address not in self.cleared_by_one
        elif address in self.coil_at:
            n = self.coil_at[address]
            self.outputs[n] = {0xFF00: True, 0x0000: False, 0x5500: not self.outputs[n]}[value]
        else:
            self.outputs[address - self.flash] = True


class EightCoils(Board):
    """Answers a read of coils with all eight, whatever was asked."""

    def validate(self, function, address, count=1):
        return function == COILS or super().validate(function, address, count)

    def getValues(self, function, address, count=1):
        return list(self.outputs) if function == COILS else super().getValues(function, address, count)


class Meter(ModbusSlaveContext):
    """Input registers. `quantities`: name -> (address, how it stands there)."""

    def __init__(self, quantities):
        super().__init__()
        self.quantities = quantities
        self.cell = {}
        for name in quantities:
            self.set(name, 0)

    def set(self, name, value):
        address, words = self.quantities[name]
        self.cell.update(enumerate(words(value), address))

    def validate(self, function, address, count=1):
        return function == INPUT and all(address + n in self.cell for n in range(count))

    def getValues(self, function, address, count=1):
        return [self.cell[a] for a in range(address, address + count)]


def numbered(first, name, count, start=1):
    return {first + n: f"{name}{start + n}" for n in range(count)}


def floats(addresses):
    return {name: (address, float_high_word_first) for name, address in addresses.items()}


DEVICES = {
    "waveshare-relay-8ch": EightCoils((0, 8), flash=0x0200),
    "waveshare-io-8ch": EightCoils((0, 8), numbered(0, "in", 8), flash=0x0200),
    "wellpro-wp8025": Board((0, 8)),
    "wellpro-wp8027": Board((0, 16)),
    "wellpro-wp8028": Board((0, 8), numbered(0, "in", 8)),
    # Modicon numbers 00129 to 00133, 00261, 00270 and 40489.
    "icpdas-tm-r5": Board((0, 5), registers={488: 0}, cleared_by_one=(269,),
                          flags={**{128 + n: True for n in range(5)}, 260: False, 269: False}),
    # Modicon numbers 00017 and up are 16 and up on the wire.
    "advantech-adam-4056so": Board((16, 12)),
    "advantech-adam-4068": Board((16, 8)),
    # The input that the housing numbers 0 is on the wire at 7; the relays themselves at 96 to 101.
    "wirenboard-wb-mr6c": Board((0, 6), {**numbered(0, "in", 6), 7: "in0"}, relays=96, registers={
        8: 10, **{930 + n: 1 for n in range(6)}, **{938 + n: 0 for n in range(6)}}),
    "eastron-sdm120": Meter(floats({
        "volts": 0x00, "amps": 0x06, "watts": 0x0C, "power_factor": 0x1E, "hertz": 0x46, "kwh": 0x156})),
    "eastron-sdm630": Meter(floats({
        "volts1": 0, "volts2": 2, "volts3": 4, "amps1": 6, "amps2": 8, "amps3": 10, "watts1": 12, "watts2": 14,
        "watts3": 16, "watts": 52, "kwh_import": 72, "kwh_export": 74})),
    "chint-ddsu666": Meter({
        **floats({"volts": 0x2000, "amps": 0x2002, "power_factor": 0x200A, "hertz": 0x200E, "kwh": 0x4000}),
        "watts": (0x2004, lambda watts: float_high_word_first(watts / 1000))}),
    "peacefair-pzem-016": Meter({
        "volts": (0, lambda v: [round(v * 10)]),
        "amps": (1, lambda v: low_word_first(round(v * 1000))),
        "watts": (3, lambda v: low_word_first(round(v * 10))),
        "wh": (5, lambda v: low_word_first(round(v))),
        "hertz": (7, lambda v: [round(v * 10)]),
        "power_factor": (8, lambda v: [round(v * 100)])}),
}
UNITS = {name: unit for unit, name in enumerate(sorted(DEVICES), start=1)}


class Echo(WriteSingleCoilResponse):
    """The answer to a single coil is the request itself."""

    sent = 0

    def encode(self):
        return struct.pack(">HH", self.address, self.sent)


class WriteCoil(WriteSingleCoilRequest):
    """Keeps the value as it was sent: to pymodbus all but one of them means "off"."""

    sent = 0

    def decode(self, data):
        super().decode(data)
        self.sent = struct.unpack(">HH", data)[1]

    def carry_out(self, context, **meta):
        if not context.validate(WRITE_COIL, self.address, 1):
            return ExceptionResponse(WRITE_COIL, 2)
        context.write_coil(self.address, self.sent)
        answer = Echo(address=self.address, **meta)
        answer.sent = self.sent
        return answer

    def execute(self, context):
        return self.carry_out(context)

    async def update_datastore(self, context):
        return self.carry_out(context, dev_id=self.dev_id, transaction_id=self.transaction_id)


async def start(line):
    context = ModbusServerContext(slaves={UNITS[name]: device for name, device in DEVICES.items()}, single=False)
    known = {"port": line, "baudrate": 9600, "ignore_missing_slaves": True}
    if OLD:
        server = await StartAsyncSerialServer(context=context, framer=ModbusRtuFramer, defer_start=True, **known)
        server.decoder.register(WriteCoil)
        await server.start()
    else:
        server = ModbusSerialServer(context, framer=FramerType.RTU, custom_pdu=[WriteCoil], **known)
        await server.serve_forever(background=True)
    return server


def obey(order):
    what, *rest = order
    if what == "units":
        return UNITS
    device = DEVICES[rest[0]]
    if what == "set":
        for name, value in rest[1].items():
            device.set(name, value)
        return True
    if what == "outputs":
        return [device.relay(n) for n in range(len(device.outputs))] if isinstance(device, Board) else []
    if what == "registers":
        return [[address, value] for address, value in sorted(device.registers.items())]
    if what == "flags":
        return [[address, value] for address, value in sorted(device.flags.items())]
    if what == "written":
        said, device.written = getattr(device, "written", []), []
        return said
    raise ValueError(what)


def say(value):
    print(json.dumps(value), flush=True)


def pseudo_terminal():
    """Both ends, raw; the inner end stays open, so that the line survives whoever hangs up."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    return ours, os.ttyname(theirs)


async def main(link):
    loop = asyncio.get_running_loop()
    line, line_name = pseudo_terminal()
    slaves, slaves_name = pseudo_terminal()
    loop.add_reader(line, lambda: os.write(slaves, os.read(line, 4096)))
    loop.add_reader(slaves, lambda: os.write(line, os.read(slaves, 4096)))
    server = await start(slaves_name)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    os.symlink(line_name, link)
    say("ready")
    while server and (order := await orders.readline()):
        say(obey(json.loads(order)))


logging.disable()  # what it says of its own goes between our answers
asyncio.run(main(sys.argv[1]))
