// From a description of what should be seen to the page, changing only what differs: focus, a
// half-typed number and a scroll position survive the next picture from the daemon.

/**
 * @typedef {string | number | boolean | null | undefined | ((event: any) => void)} Prop
 * @typedef {{tag: string, props: Record<string, Prop>, children: VNode[]} | string} VNode
 * @typedef {VNode | null | undefined | false | any[]} Child
 */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "rect", "circle", "g", "line"]);

/**
 * @param {string} tag  `div`, `button.big`
 * @param {Record<string, Prop> | null} [props]  attributes; `on…` are listeners; `key` tells siblings apart
 * @param {...Child} children
 * @returns {VNode}
 */
export function h(tag, props, ...children) {
    const [name, ...classes] = tag.split(".");
    const all = { ...props };
    if (classes.length > 0) all.class = [...classes, all.class || ""].join(" ").trim();
    /** @type {VNode[]} */
    const flat = [];
    /** @param {Child} child */
    const add = (child) => {
        if (Array.isArray(child)) child.forEach(add);
        else if (child !== null && child !== undefined && child !== false) flat.push(child);
    };
    children.forEach(add);
    return { tag: name, props: all, children: flat };
}

/** @type {WeakMap<Node, VNode>} */
const shown = new WeakMap();
/** @type {WeakMap<Element, Record<string, (event: any) => void>>} */
const listeners = new WeakMap();

/** @param {VNode} v */
const keyOf = (v) => (typeof v === "string" ? undefined : v.props.key);
/** @param {VNode} v */
const tagOf = (v) => (typeof v === "string" ? "#text" : v.tag);

/**
 * @param {Element} element
 * @param {string} name
 * @param {Prop} value
 */
function setProp(element, name, value) {
    if (name === "key") return;
    if (name.startsWith("on")) {
        const type = name.slice(2);
        let table = listeners.get(element);
        if (!table) listeners.set(element, (table = {}));
        if (!(type in table)) {
            element.addEventListener(type, (event) => listeners.get(element)?.[type]?.(event));
        }
        table[type] = typeof value === "function" ? value : () => {};
        return;
    }
    if (name === "value" && element instanceof HTMLInputElement) {
        if (element.value !== String(value ?? "")) element.value = String(value ?? "");
        return;
    }
    if (name === "checked" && element instanceof HTMLInputElement) {
        element.checked = Boolean(value);
        return;
    }
    if (name === "width%" && (element instanceof HTMLElement)) {
        element.style.width = `${value}%`;
        return;
    }
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
}

/** @param {VNode} v @returns {Node} */
function create(v) {
    if (typeof v === "string") return document.createTextNode(v);
    const element = SVG_TAGS.has(v.tag) ? document.createElementNS(SVG, v.tag)
        : document.createElement(v.tag);
    for (const [name, value] of Object.entries(v.props)) setProp(element, name, value);
    for (const child of v.children) element.append(create(child));
    shown.set(element, v);
    return element;
}

/** @param {Node} node @param {VNode} v */
function update(node, v) {
    if (typeof v === "string") {
        if (node.nodeValue !== v) node.nodeValue = v;
        return;
    }
    const element = /** @type {Element} */ (node);
    const before = shown.get(element);
    const old = before && typeof before !== "string" ? before.props : {};
    for (const name of Object.keys(old)) if (!(name in v.props)) setProp(element, name, null);
    for (const [name, value] of Object.entries(v.props)) {
        const stateful = name === "value" || name === "checked";
        if (stateful || old[name] !== value) setProp(element, name, value);
    }
    shown.set(element, v);
    children(element, v.children);
}

/** @param {Element} parent @param {VNode[]} wanted */
function children(parent, wanted) {
    const present = [...parent.childNodes];
    /** @type {Map<Prop, Node>} */
    const keyed = new Map();
    for (const node of present) {
        const v = shown.get(node);
        const key = v && keyOf(v);
        if (key !== undefined) keyed.set(key, node);
    }
    /** @type {Set<Node>} */
    const kept = new Set();
    let next = /** @type {Node | null} */ (parent.firstChild);
    for (const v of wanted) {
        const key = keyOf(v);
        let node = key !== undefined ? keyed.get(key) ?? null : next;
        const was = node && shown.get(node);
        const usable = node && !kept.has(node) && (typeof v === "string"
            ? node.nodeType === Node.TEXT_NODE
            : was && tagOf(was) === v.tag && keyOf(was) === key);
        if (!node || !usable) {
            node = create(v);
            parent.insertBefore(node, next);
        } else {
            if (node !== next) parent.insertBefore(node, next);
            else next = next.nextSibling;
            update(node, v);
        }
        kept.add(node);
    }
    for (const node of present) if (!kept.has(node)) parent.removeChild(node);
}

/**
 * Shows exactly these children in an element.
 * @param {Element} parent
 * @param {...Child} wanted
 */
export function show(parent, ...wanted) {
    const root = h("root", null, ...wanted);
    if (typeof root !== "string") children(parent, root.children);
}

/** Says something to a screen reader. @param {string} text @param {"polite" | "assertive"} [how] */
export function announce(text, how = "polite") {
    const region = document.getElementById(how);
    if (!region) return;
    region.textContent = "";
    // The same sentence twice must be heard twice.
    requestAnimationFrame(() => { region.textContent = text; });
}
