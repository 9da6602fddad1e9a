import type { ViewPort } from "./view-port.ts";

/** Of the values of a field; the last is for all that are rarer, and for what is not known. They stand on black, in both schemes. */
export const COLOURS = [
  "#4fc3f7",
  "#ffb74d",
  "#81c784",
  "#e57373",
  "#ba68c8",
  "#fff176",
  "#f06292",
  "#a1887f",
  "#90a4ae",
];

/** What is not chosen steps back while something is. */
const VERTEX = `
attribute vec2 place;
attribute vec3 colour;
attribute float chosen;
uniform vec4 view; // centre, and factor to the units of the screen
uniform float size;
uniform float dims;
varying vec4 shown;
void main() {
  gl_Position = vec4((place - view.xy) * view.zw, 0.0, 1.0);
  gl_PointSize = size * (chosen > 0.5 ? 1.35 : 1.0);
  shown = vec4(colour, dims > 0.5 && chosen < 0.5 ? 0.16 : 0.85);
}`;

const FRAGMENT = `
precision mediump float;
varying vec4 shown;
void main() {
  float far = length(gl_PointCoord - 0.5);
  if (far > 0.5) discard;
  gl_FragColor = vec4(shown.rgb, shown.a * smoothstep(0.5, 0.38, far));
}`;

const UNIFORMS = ["view", "size", "dims"] as const;
type Uniform = (typeof UNIFORMS)[number];

/** Draws points with WebGL: all of them in one call, whatever is moved; moving uploads nothing. */
export class Scatter {
  readonly #gl: WebGLRenderingContext;
  readonly #program: WebGLProgram;
  readonly #uniforms: Readonly<Record<Uniform, WebGLUniformLocation | null>>;
  readonly #buffers = new Map<string, WebGLBuffer>();
  #count = 0;
  #dims = false;

  /** @returns undefined where the browser has no WebGL */
  static on(canvas: HTMLCanvasElement): Scatter | undefined {
    const gl = canvas.getContext("webgl", { antialias: false, preserveDrawingBuffer: true });
    return gl ? new Scatter(gl) : undefined;
  }

  private constructor(gl: WebGLRenderingContext) {
    this.#gl = gl;
    this.#program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(type)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.#program, shader);
    }
    gl.linkProgram(this.#program);
    if (!gl.getProgramParameter(this.#program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(this.#program)!);
    gl.useProgram(this.#program);
    this.#uniforms = Object.fromEntries(
      UNIFORMS.map((name) => [name, gl.getUniformLocation(this.#program, name)]),
    ) as Record<Uniform, WebGLUniformLocation | null>;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** @param places [points, 2] @param colours [points, 3], from 0 to 1 */
  show(places: Float32Array, colours: Float32Array): void {
    this.#count = places.length / 2;
    this.#upload("place", places, 2);
    this.#upload("colour", colours, 3);
  }

  /** Of what is shown. @param chosen the points that stand out; none: no point steps back */
  choose(chosen: ReadonlySet<number>): void {
    const marks = new Float32Array(this.#count);
    for (const point of chosen) marks[point] = 1;
    this.#dims = chosen.size > 0;
    this.#upload("chosen", marks, 1);
  }

  /** @param density pixels of the screen for one of the page */
  draw({ x, y, scale, width, height }: ViewPort, density: number): void {
    const gl = this.#gl;
    gl.viewport(0, 0, width * density, height * density);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform4f(this.#uniforms.view, x, y, (2 * scale) / width, (2 * scale) / height);
    const size = Math.min(16, Math.max(3, 900 / Math.sqrt(this.#count + 1)));
    gl.uniform1f(this.#uniforms.size, size * density);
    gl.uniform1f(this.#uniforms.dims, this.#dims ? 1 : 0);
    gl.drawArrays(gl.POINTS, 0, this.#count);
  }

  #upload(name: string, values: Float32Array, size: number): void {
    const gl = this.#gl;
    const location = gl.getAttribLocation(this.#program, name);
    const buffer = this.#buffers.get(name) ?? gl.createBuffer();
    this.#buffers.set(name, buffer);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, gl.FLOAT, false, 0, 0);
  }
}
