using System.Collections.Immutable;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace GifShare.ApiFrontend.Site;

/// <summary>
/// Embedded styles, scripts and icons, served from one folder whose name contains a hash of all of them, so that browsers cache them
/// permanently and modules import each other by <c>./name.js</c>. The stylesheets are concatenated: <see cref="Stylesheet"/>.
/// </summary>
public static partial class Asset
{
    public const string Stylesheet = "site.css";

    private const string Prefix = "assets/";

    /// <summary>The stylesheets that come first, since later rules win; the others follow by name.</summary>
    private static readonly string[] Cascade = ["tokens.css", "base.css", "components.css", "grid.css"];

    private static readonly Dictionary<string, Content> All = Load();

    private static readonly Dictionary<string, string[]> Imports = All.Keys.Where(name => name.EndsWith(".js", StringComparison.Ordinal)).ToDictionary(
        name => name, name => Import().Matches(Encoding.UTF8.GetString(All[name].Plain)).Select(match => match.Groups[1].Value).ToArray());

    private static readonly string Hash = HashOf(All);

    private static readonly string Folder = $"/assets/{Hash}/";

    /// <summary>The names of all icons.</summary>
    public static ImmutableArray<string> IconNames { get; } =
        [.. SymbolId().Matches(Encoding.UTF8.GetString(All["icons.svg"].Plain)).Select(match => match.Groups[1].Value)];

    /// <exception cref="ArgumentException">There is no such asset in this project.</exception>
    public static string Path(string name) =>
        All.ContainsKey(name) ? Folder + name : throw new ArgumentException($"There is no asset '{name}'.", nameof(name));

    /// <summary>The transitive imports of modules, which a page preloads to avoid a request waterfall.</summary>
    public static ImmutableArray<string> ModulesOf(params IEnumerable<string> modules)
    {
        var found = new HashSet<string>();
        var waiting = new Queue<string>(modules);
        while (waiting.TryDequeue(out var module))
            foreach (var import in Imports[module])
                if (found.Add(import))
                    waiting.Enqueue(import);
        return [.. found.Order(StringComparer.Ordinal)];
    }

    public static void MapAssets(this IEndpointRouteBuilder routes) => routes.MapGet("/assets/{hash}/{name}", Serve).ExcludeFromDescription();

    private static IResult Serve(string hash, string name, HttpContext context)
    {
        if (!All.TryGetValue(name, out var content))
            return Error.NotFound.ToProblem(context);
        var headers = context.Response.Headers;
        // During a rolling update a page of another version requests its own hash: serve this version's asset, but uncached.
        headers.CacheControl = hash == Hash ? "public, max-age=31536000, immutable" : "no-store";
        headers.Vary = "Accept-Encoding";
        var (bytes, encoding) = content.For(context.Request.Headers.AcceptEncoding.ToString());
        headers.ContentEncoding = encoding;
        return TypedResults.Bytes(bytes, content.Type);
    }

    private static Dictionary<string, Content> Load()
    {
        var files = new Dictionary<string, byte[]>();
        var assembly = typeof(Asset).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
            files[resource[Prefix.Length..]] = Read(assembly, resource);

        var styles = files.Keys.Where(n => n.EndsWith(".css", StringComparison.Ordinal))
            .OrderBy(n => Array.IndexOf(Cascade, n) is var place and >= 0 ? place : Cascade.Length).ThenBy(n => n, StringComparer.Ordinal).ToArray();
        files[Stylesheet] = [.. styles.SelectMany(n => files[n].Append((byte)'\n'))];
        foreach (var style in styles)
            files.Remove(style);
        return files.ToDictionary(file => file.Key, file => new Content(file.Value, TypeOf(file.Key)));
    }

    private static byte[] Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string HashOf(Dictionary<string, Content> all)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in all.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(SHA256.HashData(content.Plain));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    private static string TypeOf(string name) => System.IO.Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"{name} is embedded, but the content type of {other} is not known."),
    };

    [GeneratedRegex("^import (?:[^;]*? from )?'\\./([a-z-]+\\.js)';", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex("<symbol id=\"([a-z-]+)\"")]
    private static partial Regex SymbolId();

    /// <summary>An asset, compressed lazily: best compression takes a moment, and command line tools do not request it.</summary>
    private sealed class Content(byte[] plain, string type)
    {
        private readonly Lazy<byte[]> brotli = new(() => Compress(plain, s => new BrotliStream(s, CompressionLevel.SmallestSize)));
        private readonly Lazy<byte[]> gzip = new(() => Compress(plain, s => new GZipStream(s, CompressionLevel.SmallestSize)));

        public byte[] Plain => plain;

        public string Type => type;

        public (byte[] Bytes, string? Encoding) For(string accepted) =>
            accepted.Contains("br", StringComparison.OrdinalIgnoreCase) ? (brotli.Value, "br")
            : accepted.Contains("gzip", StringComparison.OrdinalIgnoreCase) ? (gzip.Value, "gzip")
            : (plain, null);

        private static byte[] Compress(byte[] bytes, Func<Stream, Stream> compressor)
        {
            using var result = new MemoryStream();
            using (var stream = compressor(result))
                stream.Write(bytes);
            return result.ToArray();
        }
    }
}
