/** Where Python is. */
export interface Options {
  /** The interpreter to start; else `HATCH_INTENT_PYTHON`, the active environment's, `python3`. */
  python?: string;
  /** In place of a process: a loaded Pyodide, or the URL of its `pyodide.mjs`. */
  pyodide?: string | URL | object | PromiseLike<object>;
}

/** What a Python function raised. */
export declare class PythonError extends Error {
  /** The exception's class, such as `ValueError`. */
  readonly name: string;
  /** The class and those above it, up to `BaseException`. */
  readonly bases: readonly string[];
  private constructor(told: never);
}

/** Python itself could not be reached, or ended amid a call. */
export declare class WrapperError extends Error {
  readonly name: 'WrapperError';
}

/** Say where Python is, before the first call. */
export declare function configure(options: Options): void;

/**
 * Send the calls that `calls` makes in one frame, and wait for all of their answers.
 *
 * `calls` has to make them at once, before it returns; it returns their promises.
 */
export declare function batch<T extends readonly unknown[] | []>(
  calls: () => T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;

/** End Python. Calls under way fail; the next one starts it anew. */
export declare function close(): Promise<void>;
