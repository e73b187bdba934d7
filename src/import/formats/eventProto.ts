/**
 * The messages of TensorBoard's event files, as far as they hold scalars and hyperparameters. Field numbers:
 * tensorboard/compat/proto/{event,summary,tensor}.proto and plugins/hparams/plugin_data.proto.
 */

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { LevelValue } from '../../study/types.js';

export interface EventScalar {
  readonly tag: string;
  readonly value: number;
}

export interface LogEvent {
  readonly step: number;
  readonly scalars: readonly EventScalar[];
  /** Of the hparams plugin. */
  readonly hyperparameters: Readonly<Record<string, LevelValue>> | null;
  /** A writer began here: what was logged at this step and later before is void. */
  readonly starts: boolean;
  /** Tags that are no scalar. */
  readonly others: readonly string[];
}

/** Calls `field` for each field of a message; one that it does not read is skipped. */
function fields(
  bytes: Uint8Array,
  field: (number: number, reader: BinaryReader, type: WireType) => boolean,
): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (!field(number, reader, type)) reader.skip(type, number);
  }
}

const START = 1;

export function decodeEvent(bytes: Uint8Array): LogEvent {
  let step = 0;
  let starts = false;
  let hyperparameters: Record<string, LevelValue> | null = null;
  const scalars: EventScalar[] = [];
  const others: string[] = [];
  fields(bytes, (number, reader) => {
    if (number === 2) step = Number(reader.int64());
    else if (number === 5) {
      fields(reader.bytes(), (inner, summary) => {
        if (inner !== 1) return false;
        const value = decodeValue(summary.bytes());
        if (value.hyperparameters !== null) hyperparameters = value.hyperparameters;
        else if (value.number === null) others.push(value.tag);
        else scalars.push({ tag: value.tag, value: value.number });
        return true;
      });
    } else if (number === 7) {
      fields(reader.bytes(), (inner, session) => {
        if (inner !== 1) return false;
        starts ||= session.int32() === START;
        return true;
      });
    } else return false;
    return true;
  });
  return { step, scalars, hyperparameters, starts, others };
}

interface SummaryValue {
  readonly tag: string;
  readonly number: number | null;
  readonly hyperparameters: Record<string, LevelValue> | null;
}

function decodeValue(bytes: Uint8Array): SummaryValue {
  let tag = '';
  let simple: number | null = null;
  let tensor: Uint8Array | null = null;
  let plugin: { name: string; content: Uint8Array } = { name: '', content: new Uint8Array() };
  fields(bytes, (number, reader) => {
    if (number === 1) tag = reader.string();
    else if (number === 2) simple = reader.float();
    else if (number === 8) tensor = reader.bytes();
    else if (number === 9) plugin = decodeMetadata(reader.bytes());
    else return false;
    return true;
  });
  const hyperparameters = plugin.name === 'hparams' ? decodeHyperparameters(plugin.content) : null;
  const isText = plugin.name !== '' && plugin.name !== 'scalars';
  const number = simple ?? (tensor === null || isText ? null : decodeTensor(tensor));
  return { tag, number, hyperparameters };
}

function decodeMetadata(bytes: Uint8Array): { name: string; content: Uint8Array } {
  let [name, content] = ['', new Uint8Array()];
  fields(bytes, (number, reader) => {
    if (number !== 1) return false;
    fields(reader.bytes(), (inner, plugin) => {
      if (inner === 1) name = plugin.string();
      else if (inner === 2) content = plugin.bytes().slice();
      else return false;
      return true;
    });
    return true;
  });
  return { name, content };
}

const FLOAT = 1;
const DOUBLE = 2;

/** A tensor of one float or double (TensorFlow 2 writes scalars so); `null` for any other. */
function decodeTensor(bytes: Uint8Array): number | null {
  let type = 0;
  let values: number[] = [];
  let content: Uint8Array | null = null;
  fields(bytes, (number, reader, wire) => {
    if (number === 1) type = reader.int32();
    else if (number === 4) content = reader.bytes();
    else if (number === 5) values = numbers(reader, wire, 4);
    else if (number === 6) values = numbers(reader, wire, 8);
    else return false;
    return true;
  });
  if (type !== FLOAT && type !== DOUBLE) return null;
  if (content !== null) values = numbersIn(content, type === FLOAT ? 4 : 8);
  return values.length === 1 ? values[0]! : null;
}

function numbers(reader: BinaryReader, wire: WireType, size: 4 | 8): number[] {
  if (wire === WireType.LengthDelimited) return numbersIn(reader.bytes(), size);
  return [size === 4 ? reader.float() : reader.double()];
}

function numbersIn(bytes: Uint8Array, size: 4 | 8): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
    size === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true),
  );
}

/** `HParamsPluginData.session_start_info.hparams`: a map of `google.protobuf.Value`; `null` for its other messages. */
function decodeHyperparameters(bytes: Uint8Array): Record<string, LevelValue> {
  const values: Record<string, LevelValue> = {};
  fields(bytes, (number, reader) => {
    if (number !== 3) return false;
    fields(reader.bytes(), (inner, start) => {
      if (inner !== 1) return false;
      let [name, value] = ['', null as LevelValue];
      fields(start.bytes(), (part, entry) => {
        if (part === 1) name = entry.string();
        else if (part === 2) value = decodeAny(entry.bytes());
        else return false;
        return true;
      });
      if (value !== null) values[name] = value;
      return true;
    });
    return true;
  });
  return values;
}

function decodeAny(bytes: Uint8Array): LevelValue {
  let value: LevelValue = null;
  fields(bytes, (number, reader) => {
    if (number === 2) value = reader.double();
    else if (number === 3) value = reader.string();
    else if (number === 4) value = reader.bool();
    else return false;
    return true;
  });
  return value;
}
