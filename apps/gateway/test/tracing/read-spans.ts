import { type Fields, readMessage } from './protobuf.js';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
  /** 2 for an error. */
  status: number;
  /** Of the process that sent it. */
  resource: Record<string, unknown>;
}

interface JsonValue {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: JsonValue[] };
}
type JsonAttributes = { key: string; value: JsonValue }[];
interface JsonRequest {
  resourceSpans: {
    resource: { attributes: JsonAttributes };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        kind: number;
        attributes: JsonAttributes;
        status?: { code?: number };
      }[];
    }[];
  }[];
}

/** The spans of an export request in JSON. Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function spansOfJson(text: string): ReceivedSpan[] {
  const valueOf = (value: JsonValue): unknown => {
    if (value.arrayValue) return value.arrayValue.values.map(valueOf);
    if (value.intValue !== undefined) return Number(value.intValue);
    return value.stringValue ?? value.doubleValue ?? value.boolValue;
  };
  const record = (attributes: JsonAttributes) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
  return (JSON.parse(text) as JsonRequest).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId = '', name, kind, attributes, status }) => ({
        ...{ traceId, spanId, parentId: parentSpanId, name, kind, status: status?.code ?? 0 },
        attributes: record(attributes),
        resource: record(resource.attributes),
      })),
    ),
  );
}

/** The spans of an export request in protobuf. Source of the numbers: opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto */
export function spansOfProtobuf(bytes: Buffer): ReceivedSpan[] {
  return messages(readMessage(bytes), 1).flatMap((ofResource) => {
    const [resource] = messages(ofResource, 1);
    const spans = messages(ofResource, 2).flatMap((ofScope) => messages(ofScope, 2));
    return spans.map((span) => ({
      traceId: hex(span, 1),
      spanId: hex(span, 2),
      parentId: hex(span, 4),
      name: textOf(span, 5),
      kind: Number(span.get(6)?.[0] ?? 0),
      attributes: attributesOf(span, 9),
      status: Number(messages(span, 15)[0]?.get(3)?.[0] ?? 0),
      resource: resource ? attributesOf(resource, 1) : {},
    }));
  });
}

function messages(fields: Fields, no: number): Fields[] {
  return (fields.get(no) ?? []).map((bytes) => readMessage(bytes as Buffer));
}

function hex(fields: Fields, no: number): string {
  return ((fields.get(no)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)).toString('hex');
}

function textOf(fields: Fields, no: number): string {
  return ((fields.get(no)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)).toString('utf8');
}

function attributesOf(fields: Fields, no: number): Record<string, unknown> {
  return Object.fromEntries(
    messages(fields, no).map((pair) => [textOf(pair, 1), anyValue(messages(pair, 2)[0] ?? new Map())]),
  );
}

function anyValue(value: Fields): unknown {
  if (value.has(1)) return textOf(value, 1);
  if (value.has(2)) return value.get(2)?.[0] === 1n;
  if (value.has(3)) return Number(value.get(3)?.[0]);
  if (value.has(4)) return (value.get(4)?.[0] as Buffer).readDoubleLE();
  return messages(value, 5).flatMap((list) => messages(list, 1).map(anyValue));
}
