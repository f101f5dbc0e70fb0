using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace GifShare.ApiFrontend;

/// <summary>
/// Decrypts keys of the Data Protection key ring. Data Protection creates it from the type name stored in each key: if this type were renamed or moved
/// to another namespace, an upgrade would sign everybody out.
/// </summary>
public sealed class MasterKeyXmlDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var bytes = Convert.FromBase64String(encryptedElement.Value);
        var plain = new byte[bytes.Length - 28];
        using var aes = new AesGcm(services.GetRequiredService<MasterKey>().Derive(MasterKeyXmlEncryptor.Purpose), 16);
        aes.Decrypt(bytes.AsSpan(0, 12), bytes.AsSpan(28), bytes.AsSpan(12, 16), plain);
        return XElement.Parse(Encoding.UTF8.GetString(plain));
    }
}
