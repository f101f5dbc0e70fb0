namespace GifShare.Rules.Tests.Media;

static class Sample
{
    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Samples", name));

    public static IEnumerable<string> Names() => Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Samples"))
        .Select(path => Path.GetFileName(path)).Where(name => !name.EndsWith(".sh", StringComparison.Ordinal)).Order();
}
