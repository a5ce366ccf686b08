rule java_deserialization_payload
{
    meta:
        id = "37ba20ad-3529-57b7-8655-d8e66f818f1c"
        title = "Java serialized object that runs commands when read"
        title_zh = "反序列化即执行命令的 Java 对象"
        description = "A serialized Java object with the classes of a known gadget chain: whoever reads it runs its command."
        description_zh = "含已知利用链类的 Java 序列化对象：读取它的程序会执行其中的命令。"
        level = "critical"
        status = "experimental"
        techniques = "T1190 T1059"
        tactics = "TA0001 TA0002"
        misses = "Chains of other libraries, and objects that are encrypted or encoded as text."
        misses_zh = "其他组件的利用链，以及加密或以文本编码的对象。"
        falsepositives = "Security scanners of one's own"
        falsepositives_zh = "自有安全扫描器"
        references = "https://portswigger.net/web-security/deserialization"
    strings:
        $transformer = "org.apache.commons.collections.functors.InvokerTransformer"
        $transformer4 = "org.apache.commons.collections4.functors.InvokerTransformer"
        $chained = /org\.apache\.commons\.collections4?\.functors\.ChainedTransformer/
        $templates = /(com\.sun\.org\.apache\.xalan|org\.apache\.xalan)\.[\w.]{1,40}TemplatesImpl/
        $beans = "org.apache.commons.beanutils.BeanComparator"
        $groovy = "org.codehaus.groovy.runtime.ConvertedClosure"
        $spring = "org.springframework.beans.factory.ObjectFactory"
        $handler = "sun.reflect.annotation.AnnotationInvocationHandler"
        $priority = "java.util.PriorityQueue"
        $attribute = "javax.management.BadAttributeValueExpException"
        $runtime = "java.lang.Runtime"
    condition:
        uint32be(0) == 0xACED0005 and filesize < 5MB and (
            any of ($transformer, $transformer4, $chained) or
            ($templates and any of ($beans, $handler, $priority, $attribute)) or
            ($groovy and $handler) or ($spring and $handler) or ($runtime and $attribute)
        )
}
