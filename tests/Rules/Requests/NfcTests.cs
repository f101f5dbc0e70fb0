using System.Text;
using Dapper;
using GifShare.Fixtures;
using GifShare.Grains.Requests;
using Npgsql;

namespace GifShare.Rules.Tests.Requests;

/// <summary>PostgreSQL knows NFC as well; it is the judge.</summary>
public sealed class NfcTests : IAsyncLifetime
{
    private TestDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await TestDatabase.CreateAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Every_character_of_the_table_and_every_syllable_agrees_with_PostgreSQL()
    {
        // What was assigned after the table's Unicode version has no decomposition here; PostgreSQL may be older or newer.
        var texts = Enumerable.Range(1, 0x2fa1f).Where(Rune.IsValid).Select(code => new Rune(code).ToString()).ToArray();
        await Agrees([.. texts.Chunk(200).Select(chunk => string.Join('|', chunk))]);
    }

    [Fact]
    public async Task Random_sequences_of_letters_marks_and_syllables_agree_with_PostgreSQL()
    {
        int[] interesting =
        [
            'a', 'e', 'O', 0x300, 0x301, 0x304, 0x307, 0x308, 0x30a, 0x323, 0x327, 0x328, 0x345, 0x1100, 0x1161, 0x11a8, 0xac00, 0xac01, 0xe9, 0x1ea5,
            0x212b, 0x1e9b, 0x3b1, 0x9c7, 0x9be, 0x9d7, 0x1d15e, 0x1d165, 0xf900, 0x1f600, 0x5d0, 0x5b0, 0x5bc, 0x3099, 0x304b, 0x958,
        ];
        var random = new Random(7);
        await Agrees([.. Enumerable.Range(0, 20_000).Select(_ => string.Concat(
            Enumerable.Range(0, random.Next(1, 9)).Select(_ => new Rune(interesting[random.Next(interesting.Length)]).ToString())))]);
    }

    [Fact]
    public void A_long_row_of_marks_takes_no_long_time()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 20_000));
        Assert.Equal(40_000, Nfc.Normalize(text).Length);
    }

    private async Task Agrees(string[] texts)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        var expected = (await connection.QueryAsync<string>(
            "SELECT normalize(t.text, NFC) FROM unnest(@texts) WITH ORDINALITY AS t (text, n) ORDER BY n", new { texts })).AsList();
        for (var i = 0; i < texts.Length; i++)
            Assert.Equal(Codes(expected[i]), Codes(Nfc.Normalize(texts[i])));

        static string Codes(string text) => string.Join(' ', text.EnumerateRunes().Select(rune => rune.Value.ToString("X")));
    }
}
