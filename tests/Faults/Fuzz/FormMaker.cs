using System.Text;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>Multipart forms with a file, whole and broken.</summary>
internal sealed class FormMaker(Random random)
{
    /// <summary>Sets the body; the answer says whether it must be refused.</summary>
    public bool Fill(Request request)
    {
        const string b = "----fuzz0boundary";
        var file = Part("file", Gif.Of("f" + random.Next(500)), "; filename=\"a.gif\"");
        var title = Part("title", "A title"u8.ToArray());
        byte[] end = [.. "--"u8, .. Encoding.ASCII.GetBytes(b), .. "--\r\n"u8];
        var type = "multipart/form-data; boundary=" + b;
        var (body, isWrong) = random.Next(28) switch
        {
            0 => ((byte[])[.. title, .. end], true),
            1 => ([.. file, .. file, .. end], true),
            2 => ([.. file, .. title], true),
            3 => ([.. file], true),
            4 => ([.. Part("other", [1]), .. file, .. end], true),
            5 => ([.. Part("file", "no image"u8.ToArray(), "; filename=\"a.gif\""), .. end], true),
            6 => ([.. Part("file", Gif.Of("x")[..^9], "; filename=\"a.gif\""), .. end], true),
            7 => ([.. Part("title", [0xC3, 0x28, 0xFF]), .. file, .. end], true),
            8 => ([.. Enumerable.Range(0, 100).SelectMany(_ => title), .. file, .. end], true),
            9 => ([.. Encoding.ASCII.GetBytes($"--{b}\r\nX-Long: {new string('a', 9000)}\r\n\r\n\r\n"), .. file, .. end], true),
            10 => ([.. Encoding.ASCII.GetBytes($"--{b}\r\n\r\nno disposition\r\n"), .. file, .. end], true),
            11 => ([.. Part("file", [], "; filename=\"a.gif\""), .. end], true),
            12 => ([.. Part("file", Gif.Of("n"), "; filename=\"../../../etc/passwd\0\""), .. end], false),
            13 => ([.. Part("tags", "[\"a\",[1]]"u8.ToArray()), .. file, .. end], true),
            14 => ([.. Part("title", new byte[70_000]), .. file, .. end], true),
            15 => ([.. Part("rating", "nc-17"u8.ToArray()), .. file, .. end], true),
            16 => ([], true),
            17 => (RandomBytes(random.Next(1, 3000)), true),
            18 => ([.. "preamble\r\n"u8, .. file, .. end, .. "epilogue"u8], false),
            _ => ([.. file, .. title, .. end], false),
        };
        if (random.Next(30) == 0)
            (type, isWrong) = (random.Next(4) switch { 0 => "multipart/form-data", 1 => "multipart/form-data; boundary=" + new string('b', 200), 2 => "multipart/form-data; boundary=\"\"", _ => "multipart/form-data; boundary=other" }, true);
        request.With("Content-Type", type).WithBody(body);
        request.IsChunked = random.Next(6) == 0;
        return isWrong;

        static byte[] Part(string name, byte[] content, string more = "") =>
            [.. Encoding.UTF8.GetBytes($"--{b}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n"), .. content, .. "\r\n"u8];
    }

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
